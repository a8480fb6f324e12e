//! A host with one customer, whom inputs can speak of. A new one now and then: what they leave in
//! it must not grow without end.

use std::path::{Path, PathBuf};

use regulars::Host;
use regulars::host::{NewCustomer, NewKey};
use regulars::model::{ContactKind, ContactPoint};
use tempfile::TempDir;

/// The customer's id, in every host.
pub const ADA: &str = "01970000-0000-7000-8000-000000000001";

/// Inputs that one host serves.
const USES: u32 = 1000;

pub struct Served {
    pub host: Host,
    pub key: String,
    dir: TempDir,
    used: u32,
}

impl Served {
    pub fn new() -> Served {
        let dir = TempDir::new().expect("a directory");
        let host = Host::builder()
            .sqlite(dir.path().join("crm.db"))
            .build()
            .expect("a host");
        let ada = NewCustomer {
            id: Some(ADA.parse().expect("an id")),
            display_name: Some("Ada".to_owned()),
            contact_points: vec![
                point(ContactKind::External, "4711"),
                point(ContactKind::Email, "ada@example.org"),
                point(ContactKind::Tel, "+49 30 123456"),
            ],
            ..NewCustomer::default()
        };
        host.create_customer(ada).expect("a customer");
        let (_, key) = host.create_key(NewKey::admin("fuzzed")).expect("a key");
        Served {
            host,
            key,
            dir,
            used: 0,
        }
    }

    /// Writes an input to a file, and returns its path.
    pub fn with(&mut self, name: &str, content: &[u8]) -> PathBuf {
        let path = self.dir.path().join(name);
        std::fs::write(&path, content).expect("a file");
        path
    }

    pub fn dir(&self) -> &Path {
        self.dir.path()
    }

    /// Returns this host, or a new one after [`USES`] inputs.
    pub fn renewed(mut self) -> Served {
        self.used += 1;
        if self.used < USES {
            return self;
        }
        self.host.stop();
        Served::new()
    }
}

fn point(kind: ContactKind, value: &str) -> ContactPoint {
    ContactPoint {
        kind,
        value: value.to_owned(),
        label: None,
    }
}
