use std::fs::{self, OpenOptions};
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use clap::Args;
use serde_json::json;

use super::signed::signature_of;
use super::{read_component, read_lines};
use crate::cli::output::Out;
use crate::clock::{Clock, SystemClock};
use crate::registry::{SecretKey, Signature};

/// Where a key's password is taken from, where nobody is there to type it.
const PASSWORD: &str = "REGULARS_KEY_PASSWORD";

/// Make a key to sign plugins with
#[derive(Args)]
#[command(after_help = "\
Makes FILE.key, which is to stay secret, and FILE.pub, which is for everybody who is to trust what
you sign. Both are minisign's. The password is asked for, or taken from REGULARS_KEY_PASSWORD.

Examples:
  regulars plugin keygen acme
  regulars plugin keygen ci --no-password")]
pub struct Keygen {
    /// What both files are called, without what follows the dot
    file: PathBuf,

    /// Do not encrypt the secret key: whoever reads its file can sign
    #[arg(long)]
    no_password: bool,
}

/// Sign a component: the signature goes beside it, as FILE.minisig
#[derive(Args)]
#[command(after_help = "\
The signature is minisign's: `minisign -V -p acme.pub -m FILE` verifies it. A password is asked
for, or taken from REGULARS_KEY_PASSWORD.

Example:
  regulars plugin sign target/plugins/overheard.wasm --key acme.key")]
pub struct Sign {
    /// A WebAssembly component
    file: PathBuf,

    /// The secret key's file, as `regulars plugin keygen` makes it
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
}

impl Keygen {
    pub fn run(self, out: &mut Out) -> Result<ExitCode> {
        let named = |extension| {
            let mut name = self.file.as_os_str().to_owned();
            name.push(extension);
            PathBuf::from(name)
        };
        let (secret, public) = (named(".key"), named(".pub"));
        for path in [&secret, &public] {
            if path.exists() {
                bail!(
                    "{} is there already: name another, or move it away. What was signed with a key that is lost has to be signed anew",
                    path.display()
                );
            }
        }
        let password = match self.no_password {
            true => None,
            false => Some(new_password()?),
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
                "{} is secret; keep a copy. Whoever is to trust what you sign runs:\n  regulars plugin trust {key} --name NAME",
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
        let path = signature_of(&self.file);
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

/// Signs the bytes of a file with the key in another.
pub fn sign(wasm: &[u8], file: &Path, key: &Path) -> Result<Signature> {
    let text = read_lines(key)?;
    let password = match SecretKey::is_encrypted(&text) {
        true => Some(ask(&format!("Password of {}: ", key.display()))?),
        false => None,
    };
    let secret =
        SecretKey::read(&text, password.as_deref()).with_context(|| key.display().to_string())?;
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    Ok(secret.sign(wasm, &name, SystemClock.now())?)
}

fn new_password() -> Result<String> {
    if let Some(password) = of_environment() {
        return Ok(password);
    }
    let password = ask("Password for the new key: ")?;
    if password.is_empty() {
        bail!("the password is empty: --no-password makes a key without");
    }
    if ask("Once more: ")? != password {
        bail!("the passwords differ: no key was made");
    }
    Ok(password)
}

fn of_environment() -> Option<String> {
    std::env::var(PASSWORD).ok().filter(|it| !it.is_empty())
}

/// Asks the person at the terminal, without showing what is typed.
fn ask(prompt: &str) -> Result<String> {
    if let Some(password) = of_environment() {
        return Ok(password);
    }
    if !io::stdin().is_terminal() {
        bail!("nobody is there to type the password: set {PASSWORD}");
    }
    rpassword::prompt_password(prompt).context("the password cannot be read")
}

/// Makes a file that is not there yet, for these people's eyes.
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
