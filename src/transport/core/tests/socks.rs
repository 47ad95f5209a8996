//! A SOCKS proxy, as the tunnels of an administrator are.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};

use super::*;
use crate::transport::Proxies;

/// Starts a proxy that takes one connection to a name, and makes it to this machine. Returns its port.
fn socks() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        let (mut client, _) = listener.accept().unwrap();
        let mut greeting = [0; 2];
        client.read_exact(&mut greeting).unwrap();
        client.read_exact(&mut vec![0; greeting[1].into()]).unwrap();
        client.write_all(&[5, 0]).unwrap();
        // Version, connect, reserved, a name, its length.
        let mut wish = [0; 5];
        client.read_exact(&mut wish).unwrap();
        assert_eq!(wish[..4], [5, 1, 0, 3]);
        let mut name = vec![0; wish[4].into()];
        client.read_exact(&mut name).unwrap();
        assert_eq!(name, b"service.invalid");
        let mut port = [0; 2];
        client.read_exact(&mut port).unwrap();
        let mut server = TcpStream::connect(("127.0.0.1", u16::from_be_bytes(port))).unwrap();
        client.write_all(&[5, 0, 0, 1, 0, 0, 0, 0, 0, 0]).unwrap();
        let (mut back, mut answers) = (client.try_clone().unwrap(), server.try_clone().unwrap());
        std::thread::spawn(move || std::io::copy(&mut answers, &mut back).ok());
        std::io::copy(&mut client, &mut server).ok();
    });
    port
}

#[test]
fn a_name_that_only_the_proxy_knows_is_left_to_it() {
    let server = Server::start(vec![OK]);
    let proxy = format!("socks5h://127.0.0.1:{}", socks());
    let transport = Transport::new(TransportOptions {
        proxy: Proxies::read(Some(&proxy), None, &|_| None).unwrap(),
        ..options()
    });
    let mut request = read(&server);
    request.url.set_host(Some("service.invalid")).unwrap();
    transport.send(request).unwrap();
    assert_eq!(server.served(), 1);
}
