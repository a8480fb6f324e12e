//! Connections to a registry: broken ones, and plain HTTP where it is not allowed.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::server::Server;
use super::shop::Shop;

/// Stands before a registry and ends every connection over which it has sent so many bytes.
struct Cutter {
    address: String,
    /// The bytes of answers after which a connection breaks.
    after: Arc<AtomicUsize>,
}

impl Cutter {
    fn before(server: &Server) -> Cutter {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let after = Arc::new(AtomicUsize::new(usize::MAX));
        let (limit, host) = (after.clone(), server.host.clone());
        // It ends with the process of the tests.
        std::thread::spawn(move || {
            for client in listener.incoming() {
                let (limit, host) = (limit.clone(), host.clone());
                std::thread::spawn(move || carry(client.unwrap(), &host, &limit));
            }
        });
        Cutter { address, after }
    }
}

fn carry(client: TcpStream, host: &str, after: &AtomicUsize) {
    // Where the registry has gone meanwhile, there is nothing to carry.
    let Ok(registry) = TcpStream::connect(host) else {
        return;
    };
    let (mut asks, mut asked) = (client.try_clone().unwrap(), registry.try_clone().unwrap());
    std::thread::spawn(move || drop(std::io::copy(&mut asks, &mut asked)));
    let (mut registry, mut client) = (registry, client);
    let (mut carried, mut buffer) = (0, [0; 1024]);
    while let Ok(read @ 1..) = registry.read(&mut buffer) {
        carried += read;
        if carried > after.load(Ordering::SeqCst) || client.write_all(&buffer[..read]).is_err() {
            break;
        }
    }
    drop(client.shutdown(Shutdown::Both));
    drop(registry.shutdown(Shutdown::Both));
}

#[test]
fn broken_connection_leaves_no_file() {
    let (server, shop) = (Server::start(), Shop::new());
    let key = shop.key("acme");
    shop.trust(&key, "Acme");
    shop.publish(&server.oci("acme/overheard"), &["--sign", "acme.key"]);
    let cutter = Cutter::before(&server);
    let reference = format!("oci://{}/acme/overheard:0.1.0", cutter.address);
    // Before anything came, within the manifest, and within the component.
    for after in [0, 500, 100_000] {
        cutter.after.store(after, Ordering::SeqCst);
        shop.refuses(&reference, &[], &["was lost", "nothing was installed"]);
        for file in ["regulars.lock", "regulars-components"] {
            assert!(!shop.program.dir.path().join(file).exists(), "{file}");
        }
    }
    cutter.after.store(usize::MAX, Ordering::SeqCst);
    shop.install(&reference, &[]).ok();
    // Once it was here, what is kept does.
    cutter.after.store(0, Ordering::SeqCst);
    let said = shop.install(&reference, &["--replace"]).ok();
    assert!(said.err.contains("Using the stored copy"), "{}", said.err);
}

#[test]
fn plain_http_is_for_this_machine() {
    let (server, shop) = (Server::start(), Shop::new());
    shop.publish(&server.oci("acme/overheard"), &[]);
    // The same machine, by an address that does not say so.
    let port = server.host.rsplit(':').next().unwrap();
    let reference = format!("oci://0.0.0.0:{port}/acme/overheard:0.1.0");
    let unsigned = ["--allow-unsigned", "acme/overheard"];
    shop.refuses(&reference, &unsigned, &["cannot be reached", "--insecure"]);
    let insecure = [&unsigned[..], &["--insecure"]].concat();
    shop.install(&reference, &insecure).ok();
}

#[test]
fn registry_that_is_not_there_is_told() {
    let (mut server, shop) = (Server::start(), Shop::new());
    server.stop();
    let reference = server.oci("acme/overheard:0.1.0");
    shop.refuses(&reference, &[], &["cannot be reached", &server.host]);
}
