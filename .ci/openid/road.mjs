// Signs in to a real OpenID provider (oidc-provider) as to Microsoft Entra, by the steps that need no person and by device login, and with its faults. The
// service that is asked for its projects is a few lines here: it takes the tokens that the provider gave out. The person with the browser is one too.
// Runs in a session with a keyring.
//
//     node .ci/openid/road.mjs target/debug/handin FOLDER
import { execFile, execFileSync, spawn } from "node:child_process";
import { createPrivateKey, randomUUID, sign } from "node:crypto";
import { writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { join } from "node:path";

const [program, folder] = process.argv.slice(2);
const found = createRequire(pathToFileURL(join(folder, "package.json"))).resolve("oidc-provider");
const { default: Provider, errors } = await import(pathToFileURL(found));

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
    ...["device", "device-short"].map((client_id) => ({ ...base, client_id, token_endpoint_auth_method: "none", application_type: "native", grant_types: ["urn:ietf:params:oauth:grant-type:device_code", "refresh_token"], scope: `offline_access ${scope}` })),
    { ...base, client_id: "with-key", token_endpoint_auth_method: "private_key_jwt", jwks: { keys: [{ kty, n, e, use: "sig" }] } },
  ],
  scopes: ["openid", "offline_access", scope],
  features: { clientCredentials: { enabled: true }, devInteractions: { enabled: true }, deviceFlow: { enabled: true } },
  issueRefreshToken: () => true,
  routes: { token: `/${tenant}/oauth2/v2.0/token`, device_authorization: `/${tenant}/oauth2/v2.0/devicecode` },
  ttl: { ClientCredentials: 60, AccessToken: 60, RefreshToken: 600, Grant: 600, Session: 600, Interaction: 600, DeviceCode: (_context, _code, client) => (client.clientId === "device-short" ? 6 : 600) },
});
const secrets = new Set();
for (const kind of ["client_credentials", "access_token"]) provider.on(`${kind}.saved`, (token) => issued.add(token.jti));
for (const kind of ["refresh_token", "device_code"]) provider.on(`${kind}.saved`, (token) => secrets.add(token.jti));
// A gateway before it, which finds that somebody asks too often.
let tooOften = 0;
provider.use(async (context, next) => {
  if (tooOften > 0 && context.path.endsWith("/token")) {
    tooOften -= 1;
    const slow = new errors.SlowDown();
    context.status = slow.statusCode;
    context.body = { error: slow.error, error_description: slow.error_description };
    return;
  }
  await next();
});
const oidc = provider.callback();
server.on("request", (request, response) => {
  if (!request.url.startsWith("/acme/_apis")) return oidc(request, response);
  const token = (request.headers.authorization ?? "").replace("Bearer ", "");
  const isGood = issued.has(token);
  response.writeHead(isGood ? 200 : 401, { "content-type": "application/json" });
  response.end(JSON.stringify(isGood ? { count: 1, value: [{ id: "1", name: "Signed-in" }], authenticatedUser: { id: "1", providerDisplayName: "Kim" } } : { message: "no" }));
});

const part = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
function assertion(changes) {
  const now = Math.floor(Date.now() / 1000);
  const claims = { iss: "with-key", sub: "with-key", aud: `${issuer}/${tenant}/oauth2/v2.0/token`, jti: randomUUID(), iat: now, exp: now + 300, ...changes(now) };
  const message = `${part({ alg: "RS256", typ: "JWT" })}.${part(claims)}`;
  return `${message}.${sign("sha256", Buffer.from(message), key).toString("base64url")}`;
}

let passed = 0;
const common = { HOME: folder, PATH: "/usr/bin:/bin", HANDIN_AZURE_URL: `${issuer}/acme`, AZURE_AUTHORITY_HOST: issuer, AZURE_TENANT_ID: tenant };
function ask(what, more, code, words) {
  const env = { ...common, DBUS_SESSION_BUS_ADDRESS: "unix:path=/nonexistent", ...more };
  return new Promise((done) => execFile(program, ["projects", "azure", "-vvv"], { env, cwd: folder, timeout: 20000 }, (error, out, err) => {
    const told = out + err, is = error ? error.code : 0;
    const marks = [secret, more.HANDIN_OIDC_TOKEN, ...issued, ...secrets].filter(Boolean);
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

// A browser: it keeps cookies, follows where it is sent, and fills in each form as somebody does who agrees, or who declines.
async function browse(page, code, agrees) {
  const cookies = new Map();
  let [url, body] = [page, null];
  for (let step = 0; step < 20; step += 1) {
    const headers = { cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join("; ") };
    const answer = await fetch(url, { method: body ? "POST" : "GET", body, headers, redirect: "manual" });
    for (const cookie of answer.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(cookie);
      cookies.set(name, value);
    }
    const text = await answer.text(), to = answer.headers.get("location");
    if (to) { [url, body] = [new URL(to, url), null]; continue; }
    if (body?.has("abort")) return text;
    const action = /<form[^>]* action="([^"]+)"/.exec(text);
    if (!action) return text;
    const fields = [...text.matchAll(/<input[^>]* name="([^"]+)"(?:[^>]* value="([^"]*)")?/g)].map(([, name, value]) => [name, value ?? ""]);
    const asked = Object.fromEntries(fields);
    if ("user_code" in asked) asked.user_code = code;
    if ("login" in asked) Object.assign(asked, { login: "kim", password: "any" });
    if (/name="abort"/.test(text) && !agrees) asked.abort = "yes";
    [url, body] = [new URL(action[1], url), new URLSearchParams(asked)];
  }
  throw new Error("the browser was led in a circle");
}

// Signs in with a device; `act` is what somebody does with the page and the code. Returns how it ended.
async function device(client, act) {
  const env = { ...common, DBUS_SESSION_BUS_ADDRESS: process.env.DBUS_SESSION_BUS_ADDRESS, AZURE_CLIENT_ID: client };
  const child = spawn(program, ["login", "azure", "--device", "-vvv"], { env, cwd: folder, timeout: 60000 });
  let told = "", acted = null;
  const hear = (bytes) => {
    told += bytes;
    const shown = /open (\S+) on any machine, and type the code (\S+) there/.exec(told);
    if (shown && !acted) acted = act(shown[1], shown[2], child);
  };
  child.stdout.on("data", hear);
  child.stderr.on("data", hear);
  const code = await new Promise((done) => child.on("close", done));
  await acted;
  return { code, told };
}
async function deviceIs(what, client, act, code, words) {
  const begin = Date.now(), ended = await device(client, act);
  const leaks = [...issued, ...secrets].some((mark) => ended.told.includes(mark));
  const problem = ended.code !== code ? `exit code ${ended.code}` : !words.test(ended.told) ? `not said: ${words}` : leaks ? "a token is shown" : null;
  if (problem) { console.error(`${what}: ${problem}\n${ended.told}`); process.exit(1); }
  passed += 1;
  return (Date.now() - begin) / 1000;
}
const nothing = async () => {};
const keyring = { DBUS_SESSION_BUS_ADDRESS: process.env.DBUS_SESSION_BUS_ADDRESS };
await Promise.all([
  deviceIs("a device login that is declined", "device", (page, code) => browse(page, code, false), 4, /the sign-in was declined; nothing was stored/),
  deviceIs("a code that ends", "device-short", nothing, 4, /nobody signed in before the code ended; nothing was stored/),
  deviceIs("a device login of nobody", "nobody", nothing, 4, /client/),
  deviceIs("Ctrl-C", "device", async (_page, _code, child) => { child.kill("SIGINT"); }, 130, /interrupted/i).then((took) => { if (took > 3) { console.error(`Ctrl-C took ${took} seconds`); process.exit(1); } }),
]);
await ask("after those, there is no token", keyring, 4, /no credential|only what anybody may read/);
tooOften = 1;
// After five seconds it was too early; ten seconds after that it is done.
const took = await deviceIs("a device login", "device", (page, code) => browse(page, code, true), 0, /Signed in to \S+ as Kim; what renews the login is in the keyring/);
if (took < 15) { console.error(`it asked again after ${took} seconds`); process.exit(1); }
await ask("what is in the keyring gets a token", keyring, 0, /Signed-in/);
await ask("what renewed it is kept: one that was used up would not do", keyring, 0, /Signed-in/);
for (const token of secrets) await (await provider.RefreshToken.find(token))?.destroy();
await ask("a login that was taken back", keyring, 4, /step `device`|handin login azure --device/);
server.close();
console.log(`${passed} sign-ins and refusals at a real OpenID provider, as they should be`);
process.exit(0);
