//! Component sources named on the command line: a file, the catalogue or a registry.

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
    Acquired, OciReference, OtherSigner, Places, RegistryOptions, TrustedKeys, Wanted, acquire,
};

/// Prefix of a registry reference.
const OCI: &str = "oci://";

/// Heading of these options. A heading on the struct would also cover the command's options that
/// follow.
const HEADING: &str = "From a registry";

/// Options for sources in a registry.
#[derive(Args, Clone, Default)]
pub struct RegistryArgs {
    /// Use only the copy from an earlier install, kept beside the database; contact no registry
    #[arg(long, help_heading = HEADING)]
    offline: bool,

    /// Accept a plugin without a trusted signature: name its repository, such as acme/overheard
    #[arg(long, help_heading = HEADING, value_name = "REPOSITORY")]
    allow_unsigned: Option<String>,

    /// Accept another signer than at the last install: name that trusted key, as `regulars plugin
    /// trust` lists it
    #[arg(long, help_heading = HEADING, value_name = "NAME|KEY")]
    accept_signer: Option<String>,

    /// Accept a version whose content changed since it was installed
    #[arg(long, help_heading = HEADING)]
    accept_moved: bool,

    #[command(flatten)]
    reach: Reach,
}

/// Options for reaching registries and trusting keys.
#[derive(Args, Clone, Default)]
struct Reach {
    /// Use plain HTTP, also for a registry on another machine
    #[arg(long, help_heading = HEADING)]
    insecure: bool,

    /// File of trusted keys [default: trusted-keys.toml beside the database]
    #[arg(long, help_heading = HEADING, env = "REGULARS_TRUSTED_KEYS", value_name = "FILE")]
    trusted_keys: Option<PathBuf>,
}

/// A component and its source.
pub struct Obtained {
    pub wasm: Vec<u8>,
    /// The source, as it is stored.
    pub source: String,
    /// The verdict on its signature.
    pub signed: Signed,
    from: From,
}

enum From {
    File,
    Catalogue,
    Registry {
        acquired: Box<Acquired>,
        places: Places,
    },
}

/// The use of a component.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Show it. The signature is reported but refuses nothing.
    Look,
    /// Install it.
    Install,
}

/// Reads a component from `oci://…`, the catalogue or a file.
pub fn obtain(
    source: &str,
    purpose: Purpose,
    args: &RegistryArgs,
    global: &Global,
    out: &Out,
) -> Result<Obtained> {
    if source.starts_with(OCI) {
        return pull(source, purpose, args, global, out);
    }
    // A bare name means the catalogue, even if a file of that name exists; ./ names the file.
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
    let places = places(&args.reach, global);
    let signed = signed::of_file(path, &wasm, &TrustedKeys::load(&places.trusted)?)?;
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

/// Returns the paths of a database's registry files.
fn places(reach: &Reach, global: &Global) -> Places {
    let mut places = Places::beside(global.db());
    if let Some(file) = &reach.trusted_keys {
        places.trusted.clone_from(file);
    }
    places
}

/// Returns the options for reaching registries.
fn options(reach: &Reach) -> RegistryOptions {
    RegistryOptions {
        insecure: reach.insecure,
        ..RegistryOptions::default()
    }
}

fn pull(
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
                "--allow-unsigned names {named}, but this is {repository}: use --allow-unsigned {repository}"
            );
        }
    }
    let look = purpose == Purpose::Look;
    let wanted = Wanted {
        offline: args.offline,
        allow_unsigned: look || args.allow_unsigned.is_some(),
        accept_moved: look || args.accept_moved,
        other_signer: match &args.accept_signer {
            _ if look => OtherSigner::Tell,
            Some(named) => OtherSigner::Accept(named.clone()),
            None => OtherSigner::Refuse,
        },
        ..Wanted::new(reference)
    };
    let places = places(&args.reach, global);
    let bar = backup::bar();
    let acquired = acquire(&wanted, &places, options(&args.reach), &mut |there, of| {
        bar.set_length(of);
        bar.set_position(there);
        bar.set_message(format!("{} of {}", words::bytes(there), words::bytes(of)));
    });
    bar.finish_and_clear();
    let acquired = acquired?;
    if let Some(why) = &acquired.unreachable {
        out.note(format!(
            "{why}\nUsing the stored copy of {}.",
            wanted.reference
        ));
    }
    Ok(Obtained {
        wasm: acquired.wasm.clone(),
        source: wanted.reference.to_string(),
        signed: acquired.verdict.clone().into(),
        from: From::Registry {
            acquired: Box::new(acquired),
            places,
        },
    })
}

impl Obtained {
    /// Checks the manifest's version against the reference.
    pub fn check(&self, inspection: &Inspection) -> Result<()> {
        match &self.from {
            From::Registry { acquired, .. } => {
                Ok(acquired.check_version(&inspection.manifest.version)?)
            }
            From::File | From::Catalogue => Ok(()),
        }
    }

    /// Warns about a missing signature, and about a plugin whose name differs from the
    /// repository's.
    pub fn warn(&self, inspection: &Inspection, out: &Out) {
        if let Some(warning) = self.signed.warning(&self.source) {
            out.note(warning);
        }
        if let From::Registry { acquired, .. } = &self.from {
            let repository = acquired.reference.repository();
            let name = &inspection.manifest.name;
            if repository.rsplit('/').next() != Some(name) {
                let name = safe(name, 64);
                out.note(format!(
                    "warning: {repository} holds a plugin named {name}: check that it is the one you want"
                ));
            }
        }
    }

    /// Installs the component. A component from a registry is stored before, and pinned after: if
    /// the installation fails or the process is killed, the pins stay as they were.
    pub fn installing<T>(self, install: impl FnOnce(Vec<u8>, String) -> Result<T>) -> Result<T> {
        let From::Registry { acquired, places } = &self.from else {
            return install(self.wasm, self.source);
        };
        acquired.keep(places)?;
        let installed = match install(self.wasm, self.source) {
            Ok(installed) => installed,
            Err(error) => {
                // The first error says more than a leftover file.
                drop(acquired.forget(places));
                return Err(error);
            }
        };
        let unpinned = || {
            format!(
                "the plugin is installed, but {} is not pinned: install it again with --replace",
                acquired.reference
            )
        };
        acquired.pin(places).with_context(unpinned)?;
        Ok(installed)
    }

    /// Describes the source, one sentence per line.
    pub fn in_words(&self) -> Vec<String> {
        let place = match &self.from {
            From::File => "a file on this machine".to_owned(),
            From::Catalogue => "the catalogue of this program".to_owned(),
            From::Registry { acquired, .. } => format!(
                "the registry {}, manifest {}",
                acquired.reference.host(),
                acquired.manifest
            ),
        };
        let mut lines = vec![place, self.signed.in_words()];
        if let From::Registry { acquired, .. } = &self.from
            && let Some(pinned) = acquired.pinned.filter(|it| *it != acquired.manifest)
        {
            lines.push(format!(
                "CHANGED: the manifest was {pinned} when it was installed. A published version should never change"
            ));
        }
        if let From::Registry { acquired, .. } = &self.from
            && !acquired.signed_before_by.is_empty()
        {
            lines.push(format!(
                "ANOTHER SIGNER: {} was signed by {} before",
                acquired.reference.repository(),
                acquired.signed_before_by.join(", ")
            ));
        }
        lines
    }

    /// Returns the source as JSON.
    pub fn to_json(&self) -> Json {
        let mut json = json!({ "source": self.source, "signature": self.signed.to_json() });
        if let From::Registry { acquired, .. } = &self.from {
            json["manifest"] = acquired.manifest.to_string().into();
            if let Some(pinned) = acquired.pinned {
                json["pinned"] = pinned.to_string().into();
            }
            if !acquired.signed_before_by.is_empty() {
                json["signed_before_by"] = acquired.signed_before_by.clone().into();
            }
        }
        json
    }
}

/// Returns the error for a bare name that is neither a file nor in the catalogue.
fn not_shipped(name: &str) -> anyhow::Error {
    let names: Vec<&str> = catalogue::shipped().iter().map(|it| it.name).collect();
    if names.is_empty() {
        return anyhow!("no file {name}, and {}", no_catalogue());
    }
    anyhow!(
        "no file or plugin {name}: the catalogue has {}",
        names.join(", ")
    )
}

/// Explains why the catalogue is empty.
pub fn no_catalogue() -> &'static str {
    "this program was built without the catalogue: build it with `cargo xtask build --release`"
}
