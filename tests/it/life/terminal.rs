//! A person at a terminal, who is asked.

use std::fs::File;
use std::io::{Read, Write};
use std::process::{Child, Command, Stdio};

use rustix::fs::{Mode, OFlags};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

use crate::program::{Program, Said, path};

/// A program that waits for an answer.
pub struct Asked {
    child: Child,
    keyboard: File,
    /// The output up to the question.
    pub said: String,
}

impl Asked {
    pub fn by(program: &Program, arguments: &[&str]) -> Asked {
        let keyboard = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&keyboard).unwrap();
        unlockpt(&keyboard).unwrap();
        let name = ptsname(&keyboard, Vec::new()).unwrap();
        let flags = OFlags::RDWR | OFlags::NOCTTY;
        let terminal = rustix::fs::open(&name, flags, Mode::empty()).unwrap();
        let mut child = Command::new(path())
            .current_dir(program.dir.path())
            .env("REGULARS_DB", program.dir.path().join("crm.db"))
            .env("REGULARS_TIME_ZONE", "Europe/Berlin")
            .env("NO_COLOR", "1")
            .args(arguments)
            .stdin(Stdio::from(terminal))
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut said = Vec::new();
        let stderr = child.stderr.as_mut().unwrap();
        while !String::from_utf8_lossy(&said).contains("[y/N") {
            let mut byte = [0];
            let read = stderr.read(&mut byte).unwrap();
            assert_eq!(read, 1, "not asked: {}", String::from_utf8_lossy(&said));
            said.extend(byte);
        }
        Asked {
            child,
            keyboard: File::from(keyboard),
            said: String::from_utf8(said).unwrap(),
        }
    }

    pub fn answer(mut self, answer: &str) -> Said {
        writeln!(self.keyboard, "{answer}").unwrap();
        self.child.wait_with_output().unwrap().into()
    }
}
