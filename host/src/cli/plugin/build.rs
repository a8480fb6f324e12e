use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::Args;
use regulars_build::{
    Cancel, Package, TARGET, Workspace, component, ensure_target, modules, write,
};

use crate::cli::open::Scratch;
use crate::cli::output::{Out, safe};
use crate::cli::words;
use crate::plugin::Inspection;

/// Make a component of a plugin's crate, as it would ship, and look whether a host takes it
#[derive(Args)]
#[command(after_help = "\
Built with cargo for wasm32-unknown-unknown, in the profile `plugin`: that of the workspace's
Cargo.toml where it has one, else one that is made for speed and size. The component says which
package, version, description and licence it is of, as Cargo.toml does.

Example:
  regulars plugin build
  regulars plugin build plugins/late-return -o late-return.wasm --add-target")]
pub struct Build {
    /// The folder of its Cargo.toml
    #[arg(default_value = ".", value_name = "DIR")]
    folder: PathBuf,
    /// The component's file [default: plugins/NAME.wasm where cargo builds, mostly target/]
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    #[command(flatten)]
    toolchain: Toolchain,
}

/// What building may do to the machine.
#[derive(Args, Clone, Copy)]
pub struct Toolchain {
    /// Let rustup fetch what building for wasm32-unknown-unknown needs, if it is missing
    #[arg(long)]
    add_target: bool,
}

/// A plugin's crate, and where its component goes.
pub struct Project {
    pub package: Package,
    pub workspace: Workspace,
    pub file: PathBuf,
}

/// A component that a host takes.
pub struct Built {
    pub wasm: Vec<u8>,
    pub inspection: Inspection,
}

impl Build {
    pub fn run(self, out: &mut Out) -> Result<ExitCode> {
        let mut project = Project::of(&self.folder)?;
        if let Some(file) = self.output {
            project.file = file;
        }
        self.toolchain.ready(&project)?;
        let built = project.build(&Cancel::default())?;
        let inspection = &built.inspection;
        let file = near(&project.file);
        if out.json {
            let mut document = serde_json::to_value(inspection)?;
            document["file"] = serde_json::json!(project.file);
            out.document(&document)?;
        } else {
            let (name, version) = (&inspection.manifest.name, &inspection.manifest.version);
            out.line(format!(
                "{} {}, {}",
                out.paint.bold(&safe(name, 64)),
                safe(version, 64),
                words::bytes(inspection.size)
            ))?;
            out.line(format!("file     {}", file.display()))?;
            out.line(format!("identity {}", inspection.digest))?;
        }
        project.remarks(inspection, out);
        Ok(ExitCode::SUCCESS)
    }
}

impl Toolchain {
    /// Sees to it that plugins can be built.
    pub fn ready(self, project: &Project) -> Result<()> {
        ensure_target(&project.package.folder, self.add_target).map_err(|error| {
            match error.downcast::<regulars_build::MissingTarget>() {
                Ok(missing) => anyhow::anyhow!(
                    "{missing}\nOr add --add-target here, which lets rustup fetch {TARGET}."
                ),
                Err(error) => error,
            }
        })
    }
}

impl Project {
    pub fn of(folder: &Path) -> Result<Project> {
        let workspace = Workspace::of(folder)
            .with_context(|| format!("{} is not a plugin's project", folder.display()))?;
        let package = workspace.package_in(folder)?;
        let file = format!("{}.wasm", package.name);
        Ok(Project {
            file: workspace.target.join("plugins").join(file),
            workspace,
            package,
        })
    }

    /// Builds the component, has a host look at it, and only then puts it in its place.
    pub fn build(&self, cancel: &Cancel) -> Result<Built> {
        let module = modules(&self.workspace, std::slice::from_ref(&self.package), cancel)?;
        let module = module.first().context("cargo left no module")?;
        let wasm = component(&self.package, module)?;
        let scratch = Scratch::new()?;
        let host = scratch.builder("UTC").without_workers().build()?;
        let inspection = host
            .inspect(wasm.clone())
            .context("it builds, but the component cannot be a plugin here")?;
        drop(host);
        write(&wasm, &self.file)?;
        Ok(Built { wasm, inspection })
    }

    /// What is allowed, and hardly meant.
    pub fn remarks(&self, inspection: &Inspection, out: &Out) {
        let Package { name, version, .. } = &self.package;
        let manifest = &inspection.manifest;
        if manifest.version != *version || manifest.name != *name {
            out.note(format!(
                "warning: the manifest says {} {}, and Cargo.toml {name} {version}: with \
                 Manifest::new(env!(\"CARGO_PKG_NAME\"), env!(\"CARGO_PKG_VERSION\")) they cannot differ",
                safe(&manifest.name, 64),
                safe(&manifest.version, 64)
            ));
        }
    }
}

/// A path as somebody here would write it.
pub fn near(path: &Path) -> &Path {
    let here = std::env::current_dir().unwrap_or_default();
    path.strip_prefix(&here).unwrap_or(path)
}
