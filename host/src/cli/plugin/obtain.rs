//! Where a component comes from, as the operator names it: a file, the catalogue, a registry.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, bail};
use clap::Args;
use serde_json::json;

use super::signed::{self, Signed};
use crate::catalogue;
use crate::cli::output::{Out, safe};
use crate::cli::{Global, backup, words};
use crate::model::Json;
use crate::plugin::Inspection;
use crate::registry::{
    self, OciReference, OtherSigner, PullRequest, Pulled, RegistryOptions, RegistryPaths,
    TrustedKeys,
};

/// What a reference to a registry begins with.
const OCI: &str = "oci://";

/// The heading of these options. One for the whole struct would cover what follows it in a command too.
const HEADING: &str = "From a registry";

/// What is put up with from a registry.
#[derive(Args, Clone, Default)]
pub struct RegistryArgs {
    /// Take only what was installed from there before and is kept beside the database; ask no registry
    #[arg(long, help_heading = HEADING)]
    offline: bool,

    /// Take it although nobody signed it whose key is trusted here: name the repository, such as acme/overheard
    #[arg(long, help_heading = HEADING, value_name = "REPOSITORY")]
    allow_unsigned: Option<String>,

    /// Take it although another trusted key signed it than what was installed from there before: name that key, as
    /// `regulars plugin trust` lists it
    #[arg(long, help_heading = HEADING, value_name = "NAME|KEY")]
    accept_signer: Option<String>,

    /// Take it although the version is not what it was when it was installed before
    #[arg(long, help_heading = HEADING)]
    accept_moved: bool,

    #[command(flatten)]
    reach: Reach,
}

/// How registries are reached, and who is trusted.
#[derive(Args, Clone, Default)]
struct Reach {
    /// Plain HTTP to a registry that is not on this machine
    #[arg(long, help_heading = HEADING)]
    insecure: bool,

    /// The file of trusted keys [default: trusted-keys.toml beside the database]
    #[arg(long, help_heading = HEADING, env = "REGULARS_TRUSTED_KEYS", value_name = "FILE")]
    trusted_keys: Option<PathBuf>,
}

/// A component, and where it is from.
pub struct Obtained {
    pub wasm: Vec<u8>,
    /// What is written down as its source.
    pub source: String,
    /// Who vouches for it.
    pub signed: Signed,
    from: From,
}

enum From {
    File,
    Catalogue,
    Registry {
        pulled: Box<Pulled>,
        paths: RegistryPaths,
    },
}

/// What is to become of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// It is shown. Who signed it is told, and refuses nothing.
    Look,
    /// It is let in.
    Install,
}

/// Gets the bytes of a source: `oci://…`, the name of a plugin that ships, or a file.
pub fn obtain(
    source: &str,
    purpose: Purpose,
    args: &RegistryArgs,
    global: &Global,
    out: &Out,
) -> Result<Obtained> {
    if source.starts_with(OCI) {
        return from_registry(source, purpose, args, global, out);
    }
    // A bare name is of the catalogue, whatever lies in this folder; a file can be written with ./
    let bare = !source.contains(['/', '\\', '.']);
    if bare && let Some(shipped) = catalogue::find(source) {
        return Ok(Obtained {
            wasm: shipped.wasm.to_vec(),
            source: format!("catalogue:{source}"),
            signed: Signed::Shipped,
            from: From::Catalogue,
        });
    }
    let path = Path::new(source);
    if bare && !path.exists() {
        bail!(not_shipped(source));
    }
    let wasm = super::read_component(path)?;
    let paths = paths(&args.reach, global);
    let signed = signed::of_file(path, &wasm, &TrustedKeys::load(&paths.trusted)?)?;
    if purpose == Purpose::Install {
        signed.refuse_forged(path)?;
    }
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    Ok(Obtained {
        wasm,
        source: absolute.display().to_string(),
        signed,
        from: From::File,
    })
}

/// Where the files are that belong to a database.
fn paths(reach: &Reach, global: &Global) -> RegistryPaths {
    let mut paths = RegistryPaths::next_to(global.db());
    if let Some(file) = &reach.trusted_keys {
        paths.trusted.clone_from(file);
    }
    paths
}

/// How registries are reached.
fn options(reach: &Reach) -> RegistryOptions {
    RegistryOptions {
        insecure: reach.insecure,
        ..RegistryOptions::default()
    }
}

fn from_registry(
    source: &str,
    purpose: Purpose,
    args: &RegistryArgs,
    global: &Global,
    out: &Out,
) -> Result<Obtained> {
    let reference: OciReference = source.parse()?;
    if let Some(named) = &args.allow_unsigned {
        let repository = reference.repository();
        let full = format!("{}/{repository}", reference.host());
        if *named != repository && *named != full {
            bail!(
                "--allow-unsigned names {named}, and this is {repository}: name it to take it unsigned"
            );
        }
    }
    let look = purpose == Purpose::Look;
    let request = PullRequest {
        offline: args.offline,
        allow_unsigned: look || args.allow_unsigned.is_some(),
        accept_moved: look || args.accept_moved,
        other_signer: match &args.accept_signer {
            _ if look => OtherSigner::Report,
            Some(named) => OtherSigner::Accept(named.clone()),
            None => OtherSigner::Refuse,
        },
        ..PullRequest::new(reference)
    };
    let paths = paths(&args.reach, global);
    let bar = backup::bar();
    let pulled = registry::pull(&request, &paths, options(&args.reach), &mut |there, of| {
        bar.set_length(of);
        bar.set_position(there);
        bar.set_message(format!("{} of {}", words::bytes(there), words::bytes(of)));
    });
    bar.finish_and_clear();
    let pulled = pulled?;
    if let Some(why) = &pulled.unreachable {
        out.note(format!(
            "{why}\nGoing on with what is kept of {} from before.",
            request.reference
        ));
    }
    Ok(Obtained {
        wasm: pulled.wasm.clone(),
        source: request.reference.to_string(),
        signed: pulled.status.clone().into(),
        from: From::Registry {
            pulled: Box::new(pulled),
            paths,
        },
    })
}

impl Obtained {
    /// Checks what could only be checked now that the plugin has introduced itself.
    pub fn check(&self, inspection: &Inspection) -> Result<()> {
        match &self.from {
            From::Registry { pulled, .. } => {
                Ok(pulled.check_version(&inspection.manifest.version)?)
            }
            From::File | From::Catalogue => Ok(()),
        }
    }

    /// Warns of what nobody vouches for, and of another plugin than the repository's name promises.
    pub fn warn(&self, inspection: &Inspection, out: &Out) {
        if let Some(warning) = self.signed.warning(&self.source) {
            out.note(warning);
        }
        if let From::Registry { pulled, .. } = &self.from {
            let repository = pulled.reference.repository();
            let name = &inspection.manifest.name;
            if repository.rsplit('/').next() != Some(name) {
                let name = safe(name, 64);
                out.note(format!(
                    "warning: {repository} holds a plugin that calls itself {name}: is it the one that you want?"
                ));
            }
        }
    }

    /// Does what installs it, once a person has said yes. What came from a registry is kept before, and pinned when it is installed:
    /// whatever is refused, or killed, leaves the pins as they were.
    pub fn installing<T>(self, install: impl FnOnce(Vec<u8>, String) -> Result<T>) -> Result<T> {
        let From::Registry { pulled, paths } = &self.from else {
            return install(self.wasm, self.source);
        };
        pulled.store(paths)?;
        let installed = match install(self.wasm, self.source) {
            Ok(installed) => installed,
            Err(error) => {
                // What was refused says more than that something is left behind.
                drop(pulled.discard(paths));
                return Err(error);
            }
        };
        let unpinned = || {
            format!(
                "it is installed, but {} is not pinned: install it again, with --replace",
                pulled.reference
            )
        };
        pulled.pin(paths).with_context(unpinned)?;
        Ok(installed)
    }

    /// Where it is from, as sentences.
    pub fn in_words(&self) -> Vec<String> {
        let place = match &self.from {
            From::File => "a file of this machine".to_owned(),
            From::Catalogue => "the catalogue: it ships with this program".to_owned(),
            From::Registry { pulled, .. } => format!(
                "the registry {}, manifest {}",
                pulled.reference.host(),
                pulled.manifest
            ),
        };
        let mut lines = vec![place, self.signed.in_words()];
        if let From::Registry { pulled, .. } = &self.from
            && let Some(pinned) = pulled.pinned.filter(|it| *it != pulled.manifest)
        {
            lines.push(format!(
                "NOT WHAT IT WAS: the manifest was {pinned} when it was installed, and a version that is published should never \
                 change"
            ));
        }
        if let From::Registry { pulled, .. } = &self.from
            && !pulled.signed_before_by.is_empty()
        {
            lines.push(format!(
                "ANOTHER SIGNER: what was installed of {} before was signed by {}",
                pulled.reference.repository(),
                pulled.signed_before_by.join(", ")
            ));
        }
        lines
    }

    /// The same for machines.
    pub fn to_json(&self) -> Json {
        let mut json = json!({ "source": self.source, "signature": self.signed.to_json() });
        if let From::Registry { pulled, .. } = &self.from {
            json["manifest"] = pulled.manifest.to_string().into();
            if let Some(pinned) = pulled.pinned {
                json["pinned"] = pinned.to_string().into();
            }
            if !pulled.signed_before_by.is_empty() {
                json["signed_before_by"] = pulled.signed_before_by.clone().into();
            }
        }
        json
    }
}

/// What is wrong with a bare name.
fn not_shipped(name: &str) -> anyhow::Error {
    let names: Vec<&str> = catalogue::shipped().iter().map(|it| it.name).collect();
    if names.is_empty() {
        return anyhow!("there is no file {name}, and {}", no_catalogue());
    }
    anyhow!(
        "there is no file {name}, and no such plugin in the catalogue, which has {}",
        names.join(", ")
    )
}

/// Why the catalogue is empty, and how one is had.
pub fn no_catalogue() -> &'static str {
    "this program was built without the catalogue: `cargo xtask build --release` builds one with it"
}
