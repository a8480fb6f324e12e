//! A world that is served over HTTP, and a client that speaks to it.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use regulars::host::NewKey;
use regulars_server::Limits;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use crate::world::World;

pub struct Served {
    pub world: World,
    pub address: String,
    pub key: String,
    agent: ureq::Agent,
    stop: Option<oneshot::Sender<()>>,
    _runtime: tokio::runtime::Runtime,
}

/// An answer, read to the end.
pub struct Answer {
    pub status: u16,
    pub content_type: String,
    pub headers: ureq::http::HeaderMap,
    pub text: String,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {}", self.text))
    }
}

impl Served {
    /// With the default limits, but for the rate: the clock stands still.
    pub fn new(world: World) -> Served {
        let mut limits = Limits::default();
        limits.rate = None;
        Served::with(world, limits)
    }

    pub fn with(world: World, limits: Limits) -> Served {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .unwrap();
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let (stop, stopped) = oneshot::channel::<()>();
        let host = world.host.clone();
        runtime.spawn(regulars_server::run_with(listener, host, limits, async {
            let _ = stopped.await;
        }));
        let (_, key) = world.host.create_key(NewKey::admin("tests")).unwrap();
        let agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            // Where one is led is an answer too.
            .max_redirects(0)
            .max_redirects_will_error(false)
            .build()
            .into();
        Served {
            world,
            address,
            key,
            agent,
            stop: Some(stop),
            _runtime: runtime,
        }
    }

    pub fn get(&self, path: &str) -> Answer {
        self.send("GET", path, None, &[])
    }

    pub fn post(&self, path: &str, body: Value) -> Answer {
        self.send("POST", path, Some(&body.to_string()), &[])
    }

    /// A connection of its own, on which this was sent.
    pub fn raw(&self, sent: &str) -> TcpStream {
        let mut socket = TcpStream::connect(self.address.trim_start_matches("http://")).unwrap();
        // A peer that never answers fails the test rather than hanging it.
        socket
            .set_read_timeout(Some(Duration::from_secs(20)))
            .unwrap();
        // What was sent in vain is seen by what comes back.
        let _ = socket.write_all(sent.as_bytes());
        socket
    }

    /// Tells the server to stop, and goes on.
    pub fn tell_to_stop(&mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
    }

    /// Sends a request with the key, as JSON unless a header says otherwise.
    pub fn send(
        &self,
        method: &str,
        path: &str,
        body: Option<&str>,
        headers: &[(&str, &str)],
    ) -> Answer {
        let mut request = ureq::http::Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.address));
        let given = |name: &str| {
            headers
                .iter()
                .any(|(given, _)| given.eq_ignore_ascii_case(name))
        };
        if !given("authorization") {
            request = request.header("authorization", format!("Bearer {}", self.key));
        }
        if body.is_some() && !given("content-type") {
            request = request.header("content-type", "application/json");
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(body.unwrap_or_default().to_owned()).unwrap();
        let mut response = self.agent.run(request).unwrap();
        let content_type = response
            .headers()
            .get("content-type")
            .map(|value| value.to_str().unwrap().to_owned())
            .unwrap_or_default();
        Answer {
            status: response.status().as_u16(),
            content_type,
            headers: response.headers().clone(),
            text: response.body_mut().read_to_string().unwrap(),
        }
    }
}

/// Reads until the peer closes the connection.
pub fn until_closed(mut socket: TcpStream) -> String {
    let mut text = Vec::new();
    match socket.read_to_end(&mut text) {
        Ok(_) => {}
        Err(error) if error.kind() == std::io::ErrorKind::ConnectionReset => {}
        Err(error) => panic!("the connection stays open: {error}"),
    }
    String::from_utf8_lossy(&text).into_owned()
}

impl Drop for Served {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
    }
}
