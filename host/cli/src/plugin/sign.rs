use std::fs::{self, OpenOptions};
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use clap::Args;
use serde_json::json;

use super::signed::signature_path;
use super::{read_component, read_lines};
use crate::output::Out;
use regulars::clock::{Clock, SystemClock};
use regulars_registry::{SecretKey, Signature};

/// Environment variable with a key's password, for use without a terminal.
const PASSWORD_VAR: &str = "REGULARS_KEY_PASSWORD";

/// Create a key pair to sign plugins with
#[derive(Args)]
#[command(after_help = "\
Creates FILE.key, the secret key, and FILE.pub, the public key for everyone who is to trust your
plugins. Both are minisign keys. The password is read from the terminal, or from
REGULARS_KEY_PASSWORD.

Examples:
  regulars plugin keygen acme
  regulars plugin keygen ci --no-password")]
pub struct Keygen {
    /// Path of both files, without extension
    file: PathBuf,

    /// Store the secret key unencrypted: anyone who can read the file can sign
    #[arg(long)]
    no_password: bool,
}

/// Sign a component; the signature is written to FILE.minisig
#[derive(Args)]
#[command(after_help = "\
The signature can be verified with minisign: `minisign -V -p acme.pub -m FILE`. A password is read
from the terminal, or from REGULARS_KEY_PASSWORD.

Example:
  regulars plugin sign target/plugins/overheard.wasm --key acme.key")]
pub struct Sign {
    /// WebAssembly component
    file: PathBuf,

    /// File of the secret key, as `regulars plugin keygen` creates it
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
}

impl Keygen {
    pub fn run(self, out: &mut Out) -> Result<ExitCode> {
        let with_extension = |extension| {
            let mut name = self.file.as_os_str().to_owned();
            name.push(extension);
            PathBuf::from(name)
        };
        let (secret, public) = (with_extension(".key"), with_extension(".pub"));
        for path in [&secret, &public] {
            if path.exists() {
                bail!(
                    "{} already exists: choose another name, or move the file. Without the old key, you have to sign your plugins again",
                    path.display()
                );
            }
        }
        let password = match self.no_password {
            true => None,
            false => Some(choose_password()?),
        };
        let (text, key) = SecretKey::generate(password.as_deref())?;
        create(&secret, &text, 0o600)?;
        create(&public, &key.to_file(), 0o644)?;
        if out.json {
            out.document(&json!({
                "secret": secret, "public": public, "id": key.id().to_string(), "key": key.to_string(),
            }))?;
        } else {
            out.line(key.to_string())?;
            out.note(format!(
                "Keep {} secret, and keep a copy. To trust your plugins, others run:\n  regulars plugin trust {key} --name NAME",
                secret.display()
            ));
        }
        Ok(ExitCode::SUCCESS)
    }
}

impl Sign {
    pub fn run(self, out: &mut Out) -> Result<ExitCode> {
        let wasm = read_component(&self.file)?;
        let signature = sign(&wasm, &self.file, &self.key)?;
        let path = signature_path(&self.file);
        fs::write(&path, signature.text())
            .with_context(|| format!("cannot write {}", path.display()))?;
        if out.json {
            out.document(&json!({
                "signature": path, "key": signature.key().to_string(), "comment": signature.comment(),
            }))?;
        } else {
            let (key, path) = (signature.key(), path.display());
            out.line(format!("Signed with the key {key}: {path}"))?;
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// Signs the bytes of a file with the secret key in another.
pub fn sign(wasm: &[u8], file: &Path, key: &Path) -> Result<Signature> {
    let text = read_lines(key)?;
    let password = match SecretKey::is_encrypted(&text) {
        true => Some(ask_password(&format!("Password of {}: ", key.display()))?),
        false => None,
    };
    let secret =
        SecretKey::read(&text, password.as_deref()).with_context(|| key.display().to_string())?;
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    Ok(secret.sign(wasm, &name, SystemClock.now())?)
}

fn choose_password() -> Result<String> {
    if let Some(password) = password_from_env() {
        return Ok(password);
    }
    let password = ask_password("Password for the new key: ")?;
    if password.is_empty() {
        bail!("the password is empty: use --no-password for a key without one");
    }
    if ask_password("Repeat the password: ")? != password {
        bail!("the passwords differ: no key was created");
    }
    Ok(password)
}

fn password_from_env() -> Option<String> {
    std::env::var(PASSWORD_VAR).ok().filter(|it| !it.is_empty())
}

/// Reads a password from the environment, or from the terminal without an echo.
fn ask_password(prompt: &str) -> Result<String> {
    if let Some(password) = password_from_env() {
        return Ok(password);
    }
    if !io::stdin().is_terminal() {
        bail!("cannot ask for the password: no terminal; set {PASSWORD_VAR}");
    }
    rpassword::prompt_password(prompt).context("cannot read the password")
}

/// Creates a file with these permissions. Fails if it exists.
fn create(path: &Path, text: &str, mode: u32) -> Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, mode);
    #[cfg(not(unix))]
    let _ = mode;
    let written = options.open(path).and_then(|mut file| {
        file.write_all(text.as_bytes())
            .and_then(|()| file.sync_all())
    });
    written.with_context(|| format!("cannot write {}", path.display()))
}
