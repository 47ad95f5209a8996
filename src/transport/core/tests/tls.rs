//! Trust: against a server with a certificate authority of its own, as companies have.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::pki_types::PrivateKeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use super::*;
use crate::transport::{Proxies, WriteRequest};

/// The name of the server for those who reach it through a proxy: `localhost` never is.
const AFAR: &str = "tfs.acme.example";

/// A server for `localhost`, and its authority's certificate as a PEM file.
struct Company {
    url: Url,
    ca_file: tempfile::NamedTempFile,
}

impl Company {
    fn start(answers: usize) -> Self {
        rustls::crypto::ring::default_provider()
            .install_default()
            .ok();
        let mut authority = CertificateParams::new(Vec::new()).unwrap();
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let authority =
            CertifiedIssuer::self_signed(authority, KeyPair::generate().unwrap()).unwrap();
        let key = KeyPair::generate().unwrap();
        let certificate = CertificateParams::new(vec!["localhost".to_owned(), AFAR.to_owned()])
            .unwrap()
            .signed_by(&key, &authority)
            .unwrap();
        let config = ServerConfig::builder()
            .with_no_client_auth()
            .with_single_cert(
                vec![certificate.der().clone()],
                PrivateKeyDer::try_from(key.serialize_der()).unwrap(),
            )
            .unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        std::thread::spawn(move || serve(&listener, &Arc::new(config), answers));
        let ca_file = tempfile::NamedTempFile::new().unwrap();
        ca_file
            .as_file()
            .write_all(authority.pem().as_bytes())
            .unwrap();
        Self {
            url: Url::parse(&format!("https://localhost:{port}/runs")).unwrap(),
            ca_file,
        }
    }

    /// Calls it by the name that only a proxy knows.
    fn afar(mut self) -> Self {
        self.url.set_host(Some(AFAR)).unwrap();
        self
    }

    fn ask(&self, ca_file: Option<std::path::PathBuf>) -> Result<Response, TransportError> {
        self.ask_through(Proxies::default(), ca_file)
    }

    fn ask_through(
        &self,
        proxy: Proxies,
        ca_file: Option<std::path::PathBuf>,
    ) -> Result<Response, TransportError> {
        let transport = Transport::new(TransportOptions {
            proxy,
            ca_file,
            limits: Limits::default(),
            ..options()
        });
        let request = WriteRequest::new(Method::POST, self.url.clone(), "a new run");
        transport.send_recorded(request, &Unrecorded)
    }
}

fn serve(listener: &TcpListener, config: &Arc<ServerConfig>, answers: usize) {
    for stream in listener.incoming().take(answers) {
        let connection = ServerConnection::new(Arc::clone(config)).unwrap();
        let mut stream = StreamOwned::new(connection, stream.unwrap());
        let mut buffer = [0; 4096];
        if stream.read(&mut buffer).is_ok() {
            let answer =
                "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}";
            stream.write_all(answer.as_bytes()).ok();
        }
    }
}

#[test]
fn an_authority_that_nobody_knows_is_not_trusted_and_not_asked_again() {
    let company = Company::start(1);
    let error = company.ask(None).unwrap_err();
    assert!(matches!(error.problem, Problem::Certificate(_)), "{error}");
    assert_eq!(error.delivery, Delivery::NotSent);
}

#[test]
fn the_authority_of_a_company_is_trusted_when_its_file_is_named() {
    let company = Company::start(1);
    let response = company.ask(Some(company.ca_file.path().to_path_buf()));
    assert_eq!(response.unwrap().status, 200);
}

#[test]
fn a_certificate_for_another_name_is_not_trusted() {
    let mut company = Company::start(1);
    company.url.set_host(Some("127.0.0.1")).unwrap();
    let error = company
        .ask(Some(company.ca_file.path().to_path_buf()))
        .unwrap_err();
    assert!(matches!(error.problem, Problem::Certificate(_)), "{error}");
}

#[test]
fn a_ca_file_that_cannot_be_used_is_named_and_nothing_is_sent() {
    let company = Company::start(0);
    let empty = tempfile::NamedTempFile::new().unwrap();
    let junk = tempfile::NamedTempFile::new().unwrap();
    junk.as_file()
        .write_all(b"-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n")
        .unwrap();
    for path in [
        "/no/such/ca.pem".into(),
        empty.path().to_path_buf(),
        junk.path().to_path_buf(),
    ] {
        let error = company.ask(Some(path.clone())).unwrap_err();
        assert_eq!(error.delivery, Delivery::NotSent);
        let Problem::Setup(cause) = error.problem else {
            panic!("{error}")
        };
        assert!(cause.contains(path.to_str().unwrap()), "{cause}");
    }
}

/// A proxy that answers `CONNECT` with a status, or passes everything on; keeps the first line and the headers that it was sent.
struct Tunnel {
    port: u16,
    seen: Arc<Mutex<String>>,
}

impl Tunnel {
    fn start(refusal: Option<&'static str>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let seen = Arc::new(Mutex::new(String::new()));
        let log = Arc::clone(&seen);
        std::thread::spawn(move || {
            let (mut client, _) = listener.accept().unwrap();
            let head = head(&mut client);
            let target = head.split(' ').nth(1).unwrap();
            let target = target.replace(AFAR, "localhost");
            log.lock().unwrap().push_str(&head);
            if let Some(refusal) = refusal {
                client.write_all(refusal.as_bytes()).unwrap();
                return;
            }
            let mut server = std::net::TcpStream::connect(target).unwrap();
            client.write_all(b"HTTP/1.1 200 OK\r\n\r\n").unwrap();
            let (mut back, mut answers) =
                (client.try_clone().unwrap(), server.try_clone().unwrap());
            std::thread::spawn(move || std::io::copy(&mut answers, &mut back).ok());
            std::io::copy(&mut client, &mut server).ok();
        });
        Self { port, seen }
    }

    fn proxies(&self, user: &str) -> Proxies {
        let text = format!("http://{user}127.0.0.1:{}", self.port);
        Proxies::read(Some(&text), None, &|_| None).unwrap()
    }
}

fn head(stream: &mut std::net::TcpStream) -> String {
    let mut bytes = Vec::new();
    while !bytes.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte).unwrap();
        bytes.extend(byte);
    }
    String::from_utf8(bytes).unwrap()
}

#[test]
fn an_encrypted_request_goes_through_a_tunnel_that_learns_only_the_host() {
    let company = Company::start(1);
    let tunnel = Tunnel::start(None);
    let ca_file = company.ca_file.path().to_path_buf();
    let answer = company
        .afar()
        .ask_through(tunnel.proxies("ann:pw@"), Some(ca_file));
    assert_eq!(answer.unwrap().status, 200);
    let seen = tunnel.seen.lock().unwrap().to_lowercase();
    assert!(seen.starts_with("connect tfs.acme.example:"), "{seen}");
    assert!(
        seen.contains("proxy-authorization: basic yw5uonb3"),
        "{seen}"
    );
    assert!(!seen.contains("/runs"), "{seen}");
}

#[test]
fn a_tunnel_that_is_refused_is_the_doing_of_the_proxy_and_is_not_tried_again() {
    for refusal in [
        "HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n",
        "HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n",
    ] {
        let company = Company::start(0);
        let tunnel = Tunnel::start(Some(refusal));
        let error = company
            .afar()
            .ask_through(tunnel.proxies(""), None)
            .unwrap_err();
        assert_eq!(error.delivery, Delivery::NotSent);
        let Problem::Proxy(cause) = error.problem else {
            panic!("{error}")
        };
        assert!(cause.contains(&tunnel.port.to_string()), "{cause}");
    }
}
