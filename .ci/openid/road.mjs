// Signs in to a real OpenID provider (oidc-provider) as to Microsoft Entra, by the steps that need no person, and with its faults. The service that is
// asked for its projects is a few lines here: it takes the tokens that the provider gave out.
//
//     node .ci/openid/road.mjs target/debug/handin FOLDER
import { execFile, execFileSync } from "node:child_process";
import { createPrivateKey, randomUUID, sign } from "node:crypto";
import { writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { join } from "node:path";

const [program, folder] = process.argv.slice(2);
const found = createRequire(pathToFileURL(join(folder, "package.json"))).resolve("oidc-provider");
const { default: Provider } = await import(pathToFileURL(found));

const scope = "499b84ac-1321-427f-aa17-267ca6975798/.default";
const tenant = "acme-tenant", secret = `marked-${randomUUID()}`;
execFileSync("openssl", ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=handin", "-keyout", join(folder, "key.pem"), "-out", join(folder, "certificate.pem")], { stdio: "ignore" });
const pem = execFileSync("cat", [join(folder, "key.pem"), join(folder, "certificate.pem")]).toString();
writeFileSync(join(folder, "both.pem"), pem);
const key = createPrivateKey(pem);
const { kty, n, e } = key.export({ format: "jwk" });
const issued = new Set();

const server = createServer();
await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
const issuer = `http://127.0.0.1:${server.address().port}`;
const base = { grant_types: ["client_credentials"], response_types: [], redirect_uris: [], scope };
const provider = new Provider(issuer, {
  clients: [
    { ...base, client_id: "with-secret", client_secret: secret, token_endpoint_auth_method: "client_secret_post" },
    { ...base, client_id: "with-key", token_endpoint_auth_method: "private_key_jwt", jwks: { keys: [{ kty, n, e, use: "sig" }] } },
  ],
  scopes: ["openid", "offline_access", scope],
  features: { clientCredentials: { enabled: true }, devInteractions: { enabled: false } },
  routes: { token: `/${tenant}/oauth2/v2.0/token` },
  ttl: { ClientCredentials: 60 },
});
provider.on("client_credentials.saved", (token) => issued.add(token.jti));
const oidc = provider.callback();
server.on("request", (request, response) => {
  if (!request.url.startsWith("/acme/_apis")) return oidc(request, response);
  const token = (request.headers.authorization ?? "").replace("Bearer ", "");
  const isGood = issued.has(token);
  response.writeHead(isGood ? 200 : 401, { "content-type": "application/json" });
  response.end(JSON.stringify(isGood ? { count: 1, value: [{ id: "1", name: "Signed-in" }] } : { message: "no" }));
});

const part = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
function assertion(changes) {
  const now = Math.floor(Date.now() / 1000);
  const claims = { iss: "with-key", sub: "with-key", aud: `${issuer}/${tenant}/oauth2/v2.0/token`, jti: randomUUID(), iat: now, exp: now + 300, ...changes(now) };
  const message = `${part({ alg: "RS256", typ: "JWT" })}.${part(claims)}`;
  return `${message}.${sign("sha256", Buffer.from(message), key).toString("base64url")}`;
}

let passed = 0;
function ask(what, more, code, words) {
  const env = { HOME: folder, PATH: "/usr/bin:/bin", DBUS_SESSION_BUS_ADDRESS: "unix:path=/nonexistent", HANDIN_AZURE_URL: `${issuer}/acme`, AZURE_AUTHORITY_HOST: issuer, AZURE_TENANT_ID: tenant, ...more };
  return new Promise((done) => execFile(program, ["projects", "azure", "-vvv"], { env, cwd: folder, timeout: 20000 }, (error, out, err) => {
    const told = out + err, is = error ? error.code : 0;
    const marks = [secret, more.HANDIN_OIDC_TOKEN, ...issued].filter(Boolean);
    const problem = is !== code ? `exit code ${is}` : !words.test(told) ? `not said: ${words}` : marks.some((mark) => told.includes(mark)) ? "a token is shown" : null;
    if (problem) { console.error(`${what}: ${problem}\n${told}`); process.exit(1); }
    passed += 1;
    done();
  }));
}

const principal = { HANDIN_AZURE_AUTH: "service-principal" }, federation = { HANDIN_AZURE_AUTH: "federation", AZURE_CLIENT_ID: "with-key" };
await ask("client credentials with a secret", { ...principal, AZURE_CLIENT_ID: "with-secret", AZURE_CLIENT_SECRET: secret }, 0, /Signed-in/);
await ask("a certificate's key (PS256)", { ...principal, AZURE_CLIENT_ID: "with-key", AZURE_CLIENT_CERTIFICATE_PATH: join(folder, "both.pem") }, 0, /Signed-in/);
await ask("an assertion of somebody else's", { ...federation, HANDIN_OIDC_TOKEN: assertion(() => ({})) }, 0, /Signed-in/);
await ask("a wrong secret", { ...principal, AZURE_CLIENT_ID: "with-secret", AZURE_CLIENT_SECRET: "wrong-secret-here" }, 4, /step `service-principal`|invalid_client|client authentication failed/);
await ask("an unknown application", { ...principal, AZURE_CLIENT_ID: "nobody", AZURE_CLIENT_SECRET: secret }, 4, /client/);
await ask("an assertion for another audience", { ...federation, HANDIN_OIDC_TOKEN: assertion(() => ({ aud: "https://vault.example" })) }, 4, /audience `https:\/\/vault\.example`/);
await ask("an assertion that has ended", { ...federation, HANDIN_OIDC_TOKEN: assertion((now) => ({ iat: now - 900, exp: now - 600 })) }, 4, /client authentication failed|HTTP 401/);
await ask("a clock that is ahead", { ...federation, HANDIN_OIDC_TOKEN: assertion((now) => ({ iat: now + 900, nbf: now + 900, exp: now + 1200 })) }, 4, /client authentication failed|HTTP 401/);
server.close();
console.log(`${passed} sign-ins and refusals at a real OpenID provider, as they should be`);
process.exit(0);
