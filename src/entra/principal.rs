//! A service principal: an application that proves with a secret, or with a key of its own, that it is it.

use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rustls::SignatureScheme;
use rustls::crypto::ring::sign::any_supported_type;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use serde_json::json;
use sha2::{Digest as _, Sha256};

use super::assertion::{JWT_BEARER, secret};
use super::failed::{self, Failed};
use super::token::{self, Applicant, Token, purpose};
use super::{Lookup, Ways};
use crate::files;
use crate::secret::Secret;

/// More than any certificate with its key has.
const LARGEST: u64 = 1024 * 1024;
/// How long what is signed holds, in seconds.
const VALID: i64 = 600;

/// What proves that an application is it.
#[derive(Debug, Clone)]
pub(super) enum Proof {
    /// A secret.
    Secret(Secret),
    /// A certificate and its key, in one file.
    Certificate(PathBuf),
}

impl Proof {
    /// Finds it in the environment; nothing where it is not there.
    ///
    /// # Errors
    ///
    /// When what the environment holds cannot be used.
    pub(super) fn find(environment: Lookup<'_>) -> Result<Option<Self>, String> {
        if environment("AZURE_CLIENT_SECRET").is_some() {
            return Ok(Some(Self::Secret(secret(
                environment,
                "AZURE_CLIENT_SECRET",
            )?)));
        }
        let path = environment("AZURE_CLIENT_CERTIFICATE_PATH");
        Ok(path.map(|path| Self::Certificate(path.into())))
    }

    pub(super) fn title(&self) -> String {
        match self {
            Self::Secret(_) => "the service principal with its secret".to_owned(),
            Self::Certificate(_) => "the service principal with its certificate".to_owned(),
        }
    }

    pub(super) fn obtain(&self, ways: &Ways, applicant: &Applicant) -> Result<Token, Failed> {
        let title = self.title();
        match self {
            Self::Secret(secret) => {
                let proof = [("client_secret", secret.expose())];
                token::of_application(ways, applicant, (&title, &proof), |_| None)
            }
            Self::Certificate(path) => {
                let assertion = signed(ways, applicant, path).map_err(|cause| {
                    let message = format!("the certificate in `AZURE_CLIENT_CERTIFICATE_PATH` cannot be used: {cause}");
                    let hint = "a PEM file is needed, with `BEGIN CERTIFICATE` and `BEGIN PRIVATE KEY`, of an RSA key without a password".to_owned();
                    failed::none(&purpose(&title), &path.display().to_string(), message, Some(hint))
                })?;
                let proof = [
                    ("client_assertion_type", JWT_BEARER),
                    ("client_assertion", assertion.expose()),
                ];
                token::of_application(ways, applicant, (&title, &proof), |_| None)
            }
        }
    }
}

/// Returns the application's assertion, signed with its key. Entra: PS256, and the certificate named by its SHA-256.
fn signed(ways: &Ways, applicant: &Applicant, path: &Path) -> Result<Secret, String> {
    let text = files::read_named(path, LARGEST, &ways.options.patience())
        .map_err(|error| error.to_string())?;
    let certificate =
        CertificateDer::from_pem_slice(&text).map_err(|_| "it holds no certificate".to_owned())?;
    let key =
        PrivateKeyDer::from_pem_slice(&text).map_err(|_| "it holds no private key".to_owned())?;
    let key = any_supported_type(&key)
        .map_err(|_| "its key is of a kind that is not known".to_owned())?;
    let signer = key
        .choose_scheme(&[SignatureScheme::RSA_PSS_SHA256])
        .ok_or_else(|| "its key is not an RSA key".to_owned())?;
    let now = ways.clock().timestamp().as_second();
    let audience = ways.authority.endpoint(&applicant.tenant, "token");
    let thumbprint = URL_SAFE_NO_PAD.encode(Sha256::digest(&certificate));
    let header = json!({"alg": "PS256", "typ": "JWT", "x5t#S256": thumbprint});
    let claims = json!({
        "aud": audience.as_str(),
        "iss": applicant.client,
        "sub": applicant.client,
        "jti": format!("{:016x}{:016x}", ways.random().number(), ways.random().number()),
        "nbf": now,
        "iat": now,
        "exp": now + VALID,
    });
    let part = |value: &serde_json::Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let message = format!("{}.{}", part(&header), part(&claims));
    let signature = signer
        .sign(message.as_bytes())
        .map_err(|_| "its key did not sign".to_owned())?;
    Secret::token(&format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature)))
        .map_err(|error| error.to_string())
}
