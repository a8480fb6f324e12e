//! Component sources named on the command line: a file, the catalogue or a registry.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, bail};
use clap::Args;
use serde_json::json;

use super::signed::{self, Signed};
use crate::catalogue;
use crate::output::{Out, safe};
use crate::{Global, backup, words};
use regulars::model::Json;
use regulars::plugin::Inspection;
use regulars_registry::{
    self as registry, OciReference, OtherSigner, PullRequest, Pulled, RegistryOptions,
    RegistryPaths, TrustedKeys,
};

/// Prefix of a registry reference.
const OCI_PREFIX: &str = "oci://";

/// Heading of these options. A heading on the struct would also cover the command's options that
/// follow.
const REGISTRY_HEADING: &str = "From a registry";

/// Options for sources in a registry.
#[derive(Args, Clone, Default)]
pub struct RegistryArgs {
    /// Use only the copy from an earlier install, kept beside the database; contact no registry
    #[arg(long, help_heading = REGISTRY_HEADING)]
    offline: bool,

    /// Accept a plugin without a trusted signature: name its repository, such as acme/overheard
    #[arg(long, help_heading = REGISTRY_HEADING, value_name = "REPOSITORY")]
    allow_unsigned: Option<String>,

    /// Accept another signer than at the last install: name that trusted key, as `regulars plugin
    /// trust` lists it
    #[arg(long, help_heading = REGISTRY_HEADING, value_name = "NAME|KEY")]
    accept_signer: Option<String>,

    /// Accept a version whose content changed since it was installed
    #[arg(long, help_heading = REGISTRY_HEADING)]
    accept_moved: bool,

    #[command(flatten)]
    access: RegistryAccess,
}

/// Options for reaching registries and trusting keys.
#[derive(Args, Clone, Default)]
struct RegistryAccess {
    /// Use plain HTTP, also for a registry on another machine
    #[arg(long, help_heading = REGISTRY_HEADING)]
    insecure: bool,

    /// File of trusted keys [default: trusted-keys.toml beside the database]
    #[arg(long, help_heading = REGISTRY_HEADING, env = "REGULARS_TRUSTED_KEYS", value_name = "FILE")]
    trusted_keys: Option<PathBuf>,
}

/// A component and its source.
pub struct Obtained {
    pub wasm: Vec<u8>,
    /// The source, as it is stored.
    pub source: String,
    /// The verdict on its signature.
    pub signed: Signed,
    origin: Origin,
}

enum Origin {
    File,
    Catalogue,
    Registry {
        pulled: Box<Pulled>,
        paths: RegistryPaths,
    },
}

/// The use of a component.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Show it. The signature is reported but refuses nothing.
    Inspect,
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
    if source.starts_with(OCI_PREFIX) {
        return from_registry(source, purpose, args, global, out);
    }
    // A bare name means the catalogue, even if a file of that name exists; ./ names the file.
    let bare = !source.contains(['/', '\\', '.']);
    if bare && let Some(shipped) = catalogue::find(source) {
        return Ok(Obtained {
            wasm: shipped.wasm.to_vec(),
            source: format!("catalogue:{source}"),
            signed: Signed::Shipped,
            origin: Origin::Catalogue,
        });
    }
    let path = Path::new(source);
    if bare && !path.exists() {
        bail!(unknown_name(source));
    }
    let wasm = super::read_component(path)?;
    let paths = registry_paths(&args.access, global);
    let signed = signed::verify_file(path, &wasm, &TrustedKeys::load(&paths.trusted)?)?;
    if purpose == Purpose::Install {
        signed.refuse_forged(path)?;
    }
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    Ok(Obtained {
        wasm,
        source: absolute.display().to_string(),
        signed,
        origin: Origin::File,
    })
}

/// Returns the paths of a database's registry files.
fn registry_paths(access: &RegistryAccess, global: &Global) -> RegistryPaths {
    let mut paths = RegistryPaths::next_to(global.db());
    if let Some(file) = &access.trusted_keys {
        paths.trusted.clone_from(file);
    }
    paths
}

/// Returns the options for reaching registries.
fn options(access: &RegistryAccess) -> RegistryOptions {
    RegistryOptions {
        insecure: access.insecure,
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
    if let Some(repository_arg) = &args.allow_unsigned {
        let repository = reference.repository();
        let full = format!("{}/{repository}", reference.host());
        if *repository_arg != repository && *repository_arg != full {
            bail!(
                "--allow-unsigned names {repository_arg}, but this is {repository}: use --allow-unsigned {repository}"
            );
        }
    }
    let inspecting = purpose == Purpose::Inspect;
    let request = PullRequest {
        offline: args.offline,
        allow_unsigned: inspecting || args.allow_unsigned.is_some(),
        accept_moved: inspecting || args.accept_moved,
        other_signer: match &args.accept_signer {
            _ if inspecting => OtherSigner::Report,
            Some(signer) => OtherSigner::Accept(signer.clone()),
            None => OtherSigner::Refuse,
        },
        ..PullRequest::new(reference)
    };
    let paths = registry_paths(&args.access, global);
    let bar = backup::progress_bar();
    let pulled = registry::pull(
        &request,
        &paths,
        options(&args.access),
        &mut |received, of| {
            bar.set_length(of);
            bar.set_position(received);
            bar.set_message(format!(
                "{} of {}",
                words::bytes(received),
                words::bytes(of)
            ));
        },
    );
    bar.finish_and_clear();
    let pulled = pulled?;
    if let Some(why) = &pulled.unreachable {
        out.note(format!(
            "{why}\nUsing the stored copy of {}.",
            request.reference
        ));
    }
    Ok(Obtained {
        wasm: pulled.wasm.clone(),
        source: request.reference.to_string(),
        signed: pulled.status.clone().into(),
        origin: Origin::Registry {
            pulled: Box::new(pulled),
            paths,
        },
    })
}

impl Obtained {
    /// Checks the manifest's version against the reference.
    pub fn check(&self, inspection: &Inspection) -> Result<()> {
        match &self.origin {
            Origin::Registry { pulled, .. } => {
                Ok(pulled.check_version(&inspection.manifest.version)?)
            }
            Origin::File | Origin::Catalogue => Ok(()),
        }
    }

    /// Warns about a missing signature, and about a plugin whose name differs from the
    /// repository's.
    pub fn warn(&self, inspection: &Inspection, out: &Out) {
        if let Some(warning) = self.signed.warning(&self.source) {
            out.note(warning);
        }
        if let Origin::Registry { pulled, .. } = &self.origin {
            let repository = pulled.reference.repository();
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
    pub fn install_with<T>(self, install: impl FnOnce(Vec<u8>, String) -> Result<T>) -> Result<T> {
        let Origin::Registry { pulled, paths } = &self.origin else {
            return install(self.wasm, self.source);
        };
        pulled.store(paths)?;
        let installed = match install(self.wasm, self.source) {
            Ok(installed) => installed,
            Err(error) => {
                // The first error says more than a leftover file.
                drop(pulled.discard(paths));
                return Err(error);
            }
        };
        let not_pinned = || {
            format!(
                "the plugin is installed, but {} is not pinned: install it again with --replace",
                pulled.reference
            )
        };
        pulled.pin(paths).with_context(not_pinned)?;
        Ok(installed)
    }

    /// Describes the source, one sentence per line.
    pub fn describe(&self) -> Vec<String> {
        let origin_text = match &self.origin {
            Origin::File => "a file on this machine".to_owned(),
            Origin::Catalogue => "the catalogue of this program".to_owned(),
            Origin::Registry { pulled, .. } => format!(
                "the registry {}, manifest {}",
                pulled.reference.host(),
                pulled.manifest
            ),
        };
        let mut lines = vec![origin_text, self.signed.describe()];
        if let Origin::Registry { pulled, .. } = &self.origin
            && let Some(pinned) = pulled.pinned.filter(|it| *it != pulled.manifest)
        {
            lines.push(format!(
                "CHANGED: the manifest was {pinned} when it was installed. A published version should never change"
            ));
        }
        if let Origin::Registry { pulled, .. } = &self.origin
            && !pulled.signed_before_by.is_empty()
        {
            lines.push(format!(
                "ANOTHER SIGNER: {} was signed by {} before",
                pulled.reference.repository(),
                pulled.signed_before_by.join(", ")
            ));
        }
        lines
    }

    /// Returns the source as JSON.
    pub fn to_json(&self) -> Json {
        let mut json = json!({ "source": self.source, "signature": self.signed.to_json() });
        if let Origin::Registry { pulled, .. } = &self.origin {
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

/// Returns the error for a bare name that is neither a file nor in the catalogue.
fn unknown_name(name: &str) -> anyhow::Error {
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
