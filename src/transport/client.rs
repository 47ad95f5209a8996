//! The HTTP client: encryption, trust, proxies, connections.

use std::path::Path;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use reqwest::Certificate;
use reqwest::blocking::{Client, ClientBuilder};
use reqwest::redirect::Policy;

use super::TransportOptions;
use crate::files;

/// How long an unused connection is kept. Servers close them without a word after a while; a request that meets a closing
/// connection has an unknown outcome, so ours are closed first.
const IDLE: Duration = Duration::from_secs(15);
/// How often a wait for the system's certificates looks up.
const GLANCE: Duration = Duration::from_millis(25);

/// A client, and what the user should know of it.
#[derive(Debug, Clone)]
pub(super) struct Built {
    pub(super) client: Client,
    pub(super) notice: Option<String>,
}

/// Builds the client. Takes some milliseconds: the system's certificates are read.
///
/// # Errors
///
/// In the user's words: the file of certificates cannot be read, or the system does not let it be built.
pub(super) fn build(options: &TransportOptions) -> Result<Built> {
    // Fails when a provider is installed already, which is as good.
    drop(rustls::crypto::ring::default_provider().install_default());
    let extra = options
        .ca_file
        .as_deref()
        .map_or_else(|| Ok(Vec::new()), |path| certificates(path, options))?;
    let trusting_system = builder(options).tls_certs_merge(extra.clone());
    if let Some(client) = built_in_time(trusting_system, options)? {
        return Ok(Built {
            client,
            notice: None,
        });
    }
    // Without system certificates, as in a slim container, even plain http would fail.
    let client = builder(options)
        .tls_certs_only(bundled().into_iter().chain(extra))
        .build()
        .context("the HTTP client cannot be set up")?;
    Ok(Built {
        client,
        notice: Some(
            "this system has no CA certificates of its own; those bundled with handin are used (install `ca-certificates`)"
                .to_owned(),
        ),
    })
}

/// Builds a client on a thread of its own: one of the system's certificates may be a pipe, which somebody put there just now. Nothing where it
/// cannot be built.
fn built_in_time(builder: ClientBuilder, options: &TransportOptions) -> Result<Option<Client>> {
    let (sender, receiver) = mpsc::sync_channel(1);
    let thread = std::thread::Builder::new().name("certificates".to_owned());
    // Nobody listens any more once it is time to stop.
    thread.spawn(move || sender.send(builder.build().ok()).ok())?;
    let patience = options.patience();
    loop {
        match receiver.recv_timeout(GLANCE) {
            Ok(client) => return Ok(client),
            Err(RecvTimeoutError::Disconnected) => return Ok(None),
            Err(RecvTimeoutError::Timeout) => patience
                .check()
                .context("the system's certificates cannot be read")?,
        }
    }
}

fn builder(options: &TransportOptions) -> ClientBuilder {
    let builder = Client::builder()
        .user_agent(concat!("handin/", env!("CARGO_PKG_VERSION")))
        .redirect(Policy::none())
        .retry(reqwest::retry::never())
        .referer(false)
        .connect_timeout(options.limits.connect)
        .timeout(None)
        .pool_idle_timeout(IDLE)
        .pool_max_idle_per_host(options.jobs.max(1));
    options.proxy.apply(builder)
}

/// The largest file of certificates that is read: a whole system's has some hundred KiB.
const LARGEST_CA_FILE: u64 = 16 * 1024 * 1024;

fn certificates(path: &Path, options: &TransportOptions) -> Result<Vec<Certificate>> {
    let shown = path.display();
    let bytes = files::read_named(path, LARGEST_CA_FILE, &options.patience())
        .with_context(|| format!("the CA file `{shown}` cannot be read"))?;
    let certificates = Certificate::from_pem_bundle(&bytes)
        .with_context(|| format!("the CA file `{shown}` is not PEM"))?;
    ensure!(
        !certificates.is_empty(),
        "the CA file `{shown}` holds no certificate in PEM"
    );
    Ok(certificates)
}

fn bundled() -> Vec<Certificate> {
    webpki_root_certs::TLS_SERVER_ROOT_CERTS
        .iter()
        .filter_map(|der| Certificate::from_der(der).ok())
        .collect()
}
