use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::Args;
use regulars_build::{
    Cancel, Package, TARGET, Workspace, component, ensure_target, modules, write,
};

use crate::open::Scratch;
use crate::output::{Out, safe};
use crate::words;
use regulars::plugin::Inspection;

/// Build a plugin's component, as it ships, and check it
#[derive(Args)]
#[command(after_help = "\
The plugin is built with cargo for wasm32-unknown-unknown, with the profile `plugin`: that of the
workspace's Cargo.toml, else one for speed and size. The component carries name, version,
description and licence from Cargo.toml.

Example:
  regulars plugin build
  regulars plugin build plugins/late-return -o late-return.wasm --add-target")]
pub struct Build {
    /// Folder with the plugin's Cargo.toml
    #[arg(default_value = ".", value_name = "DIR")]
    folder: PathBuf,
    /// File to write [default: plugins/NAME.wasm in cargo's target folder]
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    #[command(flatten)]
    toolchain: Toolchain,
}

/// Options for changing the toolchain.
#[derive(Args, Clone, Copy)]
pub struct Toolchain {
    /// Let rustup install the wasm32-unknown-unknown target if it is missing
    #[arg(long)]
    add_target: bool,
}

/// A plugin's crate and the path of its component.
pub struct Project {
    pub package: Package,
    pub workspace: Workspace,
    pub file: PathBuf,
}

/// A component that a host accepts.
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
        self.toolchain.check_target(&project)?;
        let built = project.build(&Cancel::default())?;
        let inspection = &built.inspection;
        let file = relative(&project.file);
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
        project.warn_on_mismatch(inspection, out);
        Ok(ExitCode::SUCCESS)
    }
}

impl Toolchain {
    /// Checks that the toolchain can build plugins.
    pub fn check_target(self, project: &Project) -> Result<()> {
        ensure_target(&project.package.folder, self.add_target).map_err(|error| {
            match error.downcast::<regulars_build::MissingTarget>() {
                Ok(missing) => anyhow::anyhow!(
                    "{missing}\nOr add --add-target, which lets rustup install {TARGET}."
                ),
                Err(error) => error,
            }
        })
    }
}

impl Project {
    pub fn of(folder: &Path) -> Result<Project> {
        let workspace = Workspace::of(folder)
            .with_context(|| format!("{} is not a plugin project", folder.display()))?;
        let package = workspace.package_in(folder)?;
        let file = format!("{}.wasm", package.name);
        Ok(Project {
            file: workspace.target.join("plugins").join(file),
            workspace,
            package,
        })
    }

    /// Builds the component, inspects it, and then writes it to its file.
    pub fn build(&self, cancel: &Cancel) -> Result<Built> {
        let module = modules(&self.workspace, std::slice::from_ref(&self.package), cancel)?;
        let module = module.first().context("cargo built no module")?;
        let wasm = component(&self.package, module)?;
        let scratch = Scratch::new()?;
        let host = scratch.builder("UTC").without_workers().build()?;
        let inspection = host
            .inspect(wasm.clone())
            .context("the component is not a valid plugin")?;
        drop(host);
        write(&wasm, &self.file)?;
        Ok(Built { wasm, inspection })
    }

    /// Warns if the manifest's name or version differs from Cargo.toml.
    pub fn warn_on_mismatch(&self, inspection: &Inspection, out: &Out) {
        let Package { name, version, .. } = &self.package;
        let manifest = &inspection.manifest;
        if manifest.version != *version || manifest.name != *name {
            out.note(format!(
                "warning: the manifest has {} {}, but Cargo.toml has {name} {version}: use \
                 Manifest::new(env!(\"CARGO_PKG_NAME\"), env!(\"CARGO_PKG_VERSION\")) to keep them the same",
                safe(&manifest.name, 64),
                safe(&manifest.version, 64)
            ));
        }
    }
}

/// Returns a path relative to the current directory, if it lies there.
pub fn relative(path: &Path) -> &Path {
    let here = std::env::current_dir().unwrap_or_default();
    path.strip_prefix(&here).unwrap_or(path)
}
