//! A database of the program's own, served by it.

use std::path::{Path, PathBuf};

use regulars::model::CustomerId;

use crate::child::Serving;
use crate::crash::load::Client;
use crate::program::Program;
use crate::world::component;

/// A database that was served, with customers to write about.
pub struct Shop {
    pub program: Program,
    pub plugins: PathBuf,
    pub key: String,
    pub customers: Vec<CustomerId>,
}

impl Shop {
    pub fn new() -> Shop {
        Shop::in_program(Program::new(), Path::new("crm.db"))
    }

    /// With its database at a path within the program's directory.
    pub fn in_program(program: Program, db: &Path) -> Shop {
        let plugins = program.dir.path().join("plugins");
        std::fs::create_dir(&plugins).unwrap();
        std::fs::write(plugins.join("counter.wasm"), component("counter")).unwrap();
        let mut shop = Shop {
            program,
            plugins,
            key: String::new(),
            customers: Vec::new(),
        };
        let db = shop.program.dir.path().join(db);
        let mut serving = Serving::start(&db, &shop.plugins);
        shop.key = serving.key.take().unwrap();
        for _ in 0..4 {
            let made = serving.post(&shop.key, "/v1/customers", "{}");
            assert_eq!(made.status, 201, "{}", made.text);
            let id = made.json()["id"].as_str().unwrap().parse().unwrap();
            shop.customers.push(id);
        }
        shop
    }

    pub fn db(&self) -> PathBuf {
        self.program.dir.path().join("crm.db")
    }

    pub fn serve(&self) -> Serving {
        Serving::start(&self.db(), &self.plugins)
    }

    pub fn client(&self, seed: u64) -> Client {
        Client::new(false, self.customers.clone(), seed)
    }

    /// The names of the files in its directory that begin with that of the database.
    pub fn files(&self) -> Vec<String> {
        let mut names: Vec<String> = std::fs::read_dir(self.program.dir.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| name.starts_with("crm") && !name.ends_with("-shm"))
            .filter(|name| !name.ends_with(".log") && !name.ends_with("-wal"))
            .collect();
        names.sort();
        names
    }
}
