//! A program that messages are posted to, on a socket of its own.

use std::collections::{BTreeMap, VecDeque};
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::{Arc, Mutex};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use serde_json::Value;
use sha2::{Digest, Sha256};

/// 32 bytes, as it stands in a configuration.
pub const SECRET: &str = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";
const KEY: &[u8; 32] = b"0123456789abcdef0123456789abcdef";

/// The receiver's reaction to a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Does {
    Answer(u16),
    /// Takes it and says nothing.
    Stall,
    /// Takes it and ends the connection.
    Close,
    /// Sends the caller somewhere else.
    Redirect,
    /// Answers 200, with a body that has no end.
    Endless,
    Nonsense,
}

pub struct Receiver {
    pub port: u16,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    /// The next reactions; after them it answers 200.
    next: VecDeque<Does>,
    got: Vec<Posted>,
    /// Connections that stay open and say nothing.
    kept: Vec<TcpStream>,
}

/// A request as it came.
#[derive(Debug, Clone)]
pub struct Posted {
    pub line: String,
    pub headers: BTreeMap<String, String>,
    pub body: String,
}

impl Receiver {
    pub fn open() -> Receiver {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let state = Arc::new(Mutex::new(State::default()));
        let shared = state.clone();
        // Both end with the program: nothing waits for them.
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let state = shared.clone();
                std::thread::spawn(move || serve(stream.unwrap(), &state));
            }
        });
        Receiver { port, state }
    }

    pub fn will(&self, does: impl IntoIterator<Item = Does>) {
        self.state.lock().unwrap().next.extend(does);
    }

    pub fn got(&self) -> Vec<Posted> {
        self.state.lock().unwrap().got.clone()
    }

    /// `[[webhook]]` for it, with these lines besides. It reaches nobody unless they say otherwise.
    pub fn settings(&self, name: &str, more: &str) -> String {
        let reaches = match more.contains("reaches") {
            true => "",
            false => "reaches = \"nobody\"\n",
        };
        format!(
            "[[webhook]]\nname = \"{name}\"\nurl = \"http://127.0.0.1:{}/in?token=hidden\"\nsecret = \"{SECRET}\"\n{reaches}{more}\n",
            self.port
        )
    }
}

/// A receiver behind TLS, as `localhost` and with this certificate, which says 200. Gives its port.
pub fn encrypted(certificate: &Path, key: &Path) -> u16 {
    let chain = CertificateDer::pem_file_iter(certificate).unwrap();
    let chain = chain.collect::<Result<Vec<_>, _>>().unwrap();
    let config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(chain, PrivateKeyDer::from_pem_file(key).unwrap())
        .unwrap();
    let config = Arc::new(config);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    // It ends with the program: nothing waits for it.
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let connection = ServerConnection::new(config.clone()).unwrap();
            let mut reader = BufReader::new(StreamOwned::new(connection, stream.unwrap()));
            if request(&mut reader).is_some() {
                let said = b"HTTP/1.1 200 X\r\ncontent-length: 0\r\n\r\n";
                reader.get_mut().write_all(said).unwrap();
            }
        }
    });
    port
}

fn serve(stream: TcpStream, state: &Mutex<State>) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut stream = stream;
    while let Some(posted) = request(&mut reader) {
        let does = {
            let mut state = state.lock().unwrap();
            state.got.push(posted);
            state.next.pop_front().unwrap_or(Does::Answer(200))
        };
        let said = match does {
            Does::Answer(status) => format!("HTTP/1.1 {status} X\r\ncontent-length: 2\r\n\r\nok"),
            Does::Redirect => {
                let port = stream.local_addr().unwrap().port();
                format!(
                    "HTTP/1.1 307 X\r\nlocation: http://127.0.0.1:{port}/elsewhere\r\ncontent-length: 0\r\n\r\n"
                )
            }
            Does::Nonsense => "220 mail.test ESMTP\r\n".to_owned(),
            Does::Stall => {
                state.lock().unwrap().kept.push(stream);
                return;
            }
            Does::Close => return,
            Does::Endless => {
                drop(stream.write_all(b"HTTP/1.1 200 X\r\ntransfer-encoding: chunked\r\n\r\n"));
                let chunk = format!("1000\r\n{}\r\n", "x".repeat(0x1000));
                while stream.write_all(chunk.as_bytes()).is_ok() {}
                return;
            }
        };
        if stream.write_all(said.as_bytes()).is_err() {
            return;
        }
    }
}

fn request(reader: &mut impl BufRead) -> Option<Posted> {
    let mut line = String::new();
    reader.read_line(&mut line).ok().filter(|read| *read > 0)?;
    let mut headers = BTreeMap::new();
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).ok()?;
        let Some((name, value)) = header.trim_end().split_once(':') else {
            break;
        };
        headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
    }
    let length: usize = headers.get("content-length")?.parse().unwrap();
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(Posted {
        line: line.trim_end().to_owned(),
        headers,
        body: String::from_utf8(body).unwrap(),
    })
}

impl Posted {
    pub fn header(&self, name: &str) -> &str {
        &self.headers[name]
    }

    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    /// Returns true if the signature matches the secret. It is computed from the standard, not by the host.
    pub fn is_signed(&self) -> bool {
        let signed = [
            self.header("webhook-id"),
            self.header("webhook-timestamp"),
            &self.body,
        ]
        .join(".");
        self.header("webhook-signature")
            == format!("v1,{}", STANDARD.encode(hmac(KEY, signed.as_bytes())))
    }
}

/// HMAC-SHA-256 as RFC 2104 §2 writes it, for keys of no more than 64 bytes.
fn hmac(key: &[u8], text: &[u8]) -> [u8; 32] {
    let pad = |with: u8| {
        let mut block = [with; 64];
        for (byte, key) in block.iter_mut().zip(key) {
            *byte ^= key;
        }
        block
    };
    let inner = Sha256::new()
        .chain_update(pad(0x36))
        .chain_update(text)
        .finalize();
    Sha256::new()
        .chain_update(pad(0x5c))
        .chain_update(inner)
        .finalize()
        .into()
}
