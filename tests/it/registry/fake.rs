//! A registry of the test's own on a socket: it answers as a test says, and remembers who asked for what.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::path::Path;
use std::sync::{Arc, Mutex};

use regulars::model::Digest;
use rustls::pki_types::PrivateKeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use serde_json::json;

use super::server::{CONFIG, LAYER, MANIFEST};

/// A request to the fake registry.
#[derive(Debug, Clone)]
pub struct Asked {
    pub path: String,
    pub authorization: Option<String>,
}

/// The fake registry's answer.
pub struct Answer {
    status: u16,
    headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
    /// The body is sent again and again.
    endless: bool,
}

impl Answer {
    pub fn new(status: u16, body: impl Into<Vec<u8>>) -> Answer {
        Answer {
            status,
            headers: Vec::new(),
            body: body.into(),
            endless: false,
        }
    }

    pub fn with(mut self, header: &'static str, value: impl Into<String>) -> Answer {
        self.headers.push((header, value.into()));
        self
    }

    pub fn to(place: impl Into<String>) -> Answer {
        Answer::new(307, "").with("location", place)
    }

    pub fn endless(status: u16) -> Answer {
        Answer {
            endless: true,
            ..Answer::new(status, vec![b' '; 1 << 16])
        }
    }
}

pub struct Fake {
    /// `127.0.0.1:PORT`.
    pub host: String,
    asked: Arc<Mutex<Vec<Asked>>>,
    sent: Arc<Mutex<u64>>,
}

/// The name and the key of a certificate.
pub type Identity = (rcgen::CertifiedKey<rcgen::KeyPair>, std::path::PathBuf);

/// A self-signed certificate for a host, and the file that makes clients trust it.
pub fn identity(host: &str, folder: &Path) -> Identity {
    let made = rcgen::generate_simple_self_signed([host.to_owned()]).unwrap();
    let file = folder.join("authority.pem");
    std::fs::write(&file, made.cert.pem()).unwrap();
    (made, file)
}

impl Fake {
    /// Serves plain HTTP.
    pub fn start(answers: impl Fn(&Asked) -> Answer + Send + Sync + 'static) -> Fake {
        Fake::serve("127.0.0.1", None, answers)
    }

    /// Serves TLS, under a name that is not a loopback address.
    pub fn secure(
        identity: &Identity,
        answers: impl Fn(&Asked) -> Answer + Send + Sync + 'static,
    ) -> Fake {
        let made = &identity.0;
        let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
        let config = ServerConfig::builder()
            .with_no_client_auth()
            .with_single_cert(vec![made.cert.der().clone()], key);
        Fake::serve("0.0.0.0", Some(Arc::new(config.unwrap())), answers)
    }

    fn serve(
        address: &str,
        tls: Option<Arc<ServerConfig>>,
        answers: impl Fn(&Asked) -> Answer + Send + Sync + 'static,
    ) -> Fake {
        let listener = TcpListener::bind((address, 0)).unwrap();
        let host = listener.local_addr().unwrap().to_string();
        let (asked, sent) = <(Arc<Mutex<Vec<Asked>>>, Arc<Mutex<u64>>)>::default();
        let (log, count, answers) = (asked.clone(), sent.clone(), Arc::new(answers));
        // It ends with the process of the tests.
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (tls, log) = (tls.clone(), log.clone());
                let (count, answers) = (count.clone(), answers.clone());
                std::thread::spawn(move || {
                    let stream = stream.unwrap();
                    let exchange = |stream| serve(stream, &log, &count, &*answers);
                    match tls {
                        None => exchange(Box::new(stream) as Box<dyn Stream>),
                        Some(tls) => {
                            let connection = ServerConnection::new(tls).unwrap();
                            exchange(Box::new(StreamOwned::new(connection, stream)));
                        }
                    }
                });
            }
        });
        Fake { host, asked, sent }
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.host)
    }

    pub fn oci(&self, rest: &str) -> String {
        format!("oci://{}/{rest}", self.host)
    }

    pub fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }

    /// Bytes of bodies that somebody took.
    pub fn sent(&self) -> u64 {
        *self.sent.lock().unwrap()
    }
}

trait Stream: Read + Write {}

impl<T: Read + Write> Stream for T {}

fn serve(
    stream: Box<dyn Stream>,
    log: &Mutex<Vec<Asked>>,
    sent: &Mutex<u64>,
    answers: &dyn Fn(&Asked) -> Answer,
) {
    let mut stream = BufReader::new(stream);
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        // Who says nothing, or does not believe the certificate, has asked for nothing.
        match stream.read_line(&mut line) {
            Ok(1..) if line != "\r\n" => lines.push(line),
            Ok(1..) => break,
            _ => return,
        }
    }
    let path = lines[0].split(' ').nth(1).unwrap().to_owned();
    let authorization = lines.iter().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        (name.eq_ignore_ascii_case("authorization")).then(|| value.trim().to_owned())
    });
    let asked = Asked {
        path,
        authorization,
    };
    log.lock().unwrap().push(asked.clone());
    let answer = answers(&asked);
    let mut head = format!("HTTP/1.1 {} X\r\nconnection: close\r\n", answer.status);
    for (name, value) in &answer.headers {
        head += &format!("{name}: {value}\r\n");
    }
    if !answer.endless {
        head += &format!("content-length: {}\r\n", answer.body.len());
    }
    let stream = stream.get_mut();
    if stream.write_all(format!("{head}\r\n").as_bytes()).is_err() {
        return;
    }
    while stream.write_all(&answer.body).is_ok() {
        *sent.lock().unwrap() += answer.body.len() as u64;
        if !answer.endless {
            break;
        }
    }
    drop(stream.flush());
}

/// The manifest of an image that holds this component.
pub fn manifest(wasm: &[u8]) -> String {
    let config = Digest::of(b"{}").to_string();
    let layer = Digest::of(wasm).to_string();
    json!({
        "schemaVersion": 2, "mediaType": MANIFEST,
        "config": { "mediaType": CONFIG, "digest": config, "size": 2 },
        "layers": [{ "mediaType": LAYER, "digest": layer, "size": wasm.len() }],
    })
    .to_string()
}

/// The answers of a registry with one unsigned component.
pub fn holds(asked: &Asked, wasm: &[u8]) -> Answer {
    if asked.path.ends_with("/manifests/0.1.0") {
        return Answer::new(200, manifest(wasm)).with("content-type", MANIFEST);
    }
    match asked.path.contains("/blobs/") {
        true => Answer::new(200, wasm),
        false => Answer::new(404, "{\"errors\":[{\"code\":\"MANIFEST_UNKNOWN\"}]}"),
    }
}
