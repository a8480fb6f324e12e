//! Checks of a component before compilation: its imports, and the bounded cost to compile it.

use std::collections::BTreeSet;

use wasmparser::{
    BinaryReaderError, ComponentInstance, ComponentType, ComponentTypeDeclaration,
    ComponentTypeRef, Encoding, InstanceTypeDeclaration, Parser, Payload,
};

use super::abi::v0_1;
use super::bounds::{Bounds, Count};
use super::config::RuntimeConfig;
use super::limits::{check_memory, check_table};
use super::sanitize::sanitize;
use crate::plugin::PluginError;

/// The maximum number of names in one refusal.
pub(super) const MAX_NAMES: usize = 20;

/// Returns the sorted capabilities that a component imports. Refuses invalid components, other imports, too
/// large initial memories, and components that would take too long to compile. Its own time is linear in the
/// size.
pub(super) fn inspect(wasm: &[u8], config: &RuntimeConfig) -> Result<Vec<String>, PluginError> {
    if let Some(wrapper) = wrapper(wasm) {
        return Err(PluginError::NotWasm(format!(
            "it is {wrapper}: unpack it first"
        )));
    }
    let mut bounds = Bounds::new();
    let mut capabilities = Vec::new();
    let mut unknown = Vec::new();
    // A component may export hooks of this and of other versions of the contract, even of the same name.
    let (mut others, mut of_this) = (Vec::new(), BTreeSet::new());
    for payload in Parser::new(0).parse_all(wasm) {
        match payload.map_err(broken)? {
            Payload::Version { encoding, .. } => {
                if bounds.depth() == 0 && encoding == Encoding::Module {
                    return Err(PluginError::CoreModule);
                }
                bounds.enter(encoding)?;
            }
            Payload::End(_) => bounds.leave(),
            Payload::ComponentImportSection(section) => {
                bounds.count(Count::Imports, section.count())?;
                for import in section {
                    let import = import.map_err(broken)?;
                    first_order(import.ty)?;
                    if bounds.depth() > 1 {
                        continue;
                    }
                    let name = import.name.full_name().into_owned();
                    match v0_1::interface_name(&name) {
                        Some(interface)
                            if v0_1::CAPABILITIES
                                .iter()
                                .any(|(known, _)| *known == interface) =>
                        {
                            capabilities.push(interface.to_owned());
                        }
                        Some(interface) if v0_1::TYPE_INTERFACES.contains(&interface) => {}
                        _ => unknown.push(sanitize(&name, 200)),
                    }
                }
            }
            Payload::ComponentTypeSection(section) => {
                bounds.count(Count::Types, section.count())?;
                for ty in section {
                    first_order_type(&ty.map_err(broken)?)?;
                }
            }
            Payload::ComponentInstanceSection(section) => {
                for instance in section {
                    match instance.map_err(broken)? {
                        ComponentInstance::Instantiate { .. } => bounds.instantiate()?,
                        ComponentInstance::FromExports(_) => bounds.instances(1)?,
                    }
                }
            }
            Payload::InstanceSection(section) => bounds.instances(section.count())?,
            Payload::CoreTypeSection(section) => bounds.count(Count::Types, section.count())?,
            Payload::ComponentAliasSection(section) => {
                bounds.count(Count::Exports, section.count())?;
            }
            Payload::ComponentCanonicalSection(section) => {
                bounds.count(Count::Canonicals, section.count())?;
            }
            Payload::ComponentExportSection(section) => {
                bounds.count(Count::Exports, section.count())?;
                for export in section {
                    let export = export.map_err(broken)?;
                    if bounds.depth() == 1 {
                        let name = export.name.full_name();
                        of_this.extend(v0_1::interface_name(&name).map(str::to_owned));
                        if let Some(hook) = v0_1::name_in_another_version(&name) {
                            others.push((hook.to_owned(), sanitize(&name, 200)));
                        }
                    }
                }
            }
            Payload::TypeSection(section) => {
                bounds.count(Count::Types, section.count())?;
                bounds.types(section).map_err(broken)?;
            }
            Payload::ImportSection(section) => {
                bounds.count(Count::Imports, section.count())?;
                bounds.imports(section).map_err(broken)?;
            }
            Payload::FunctionSection(section) => {
                bounds.count(Count::Functions, section.count())?;
                bounds.functions(section).map_err(broken)?;
            }
            Payload::MemorySection(section) => {
                bounds.count(Count::Memories, section.count())?;
                for memory in section {
                    check_memory(memory.map_err(broken)?.initial, config)?;
                }
            }
            Payload::TableSection(section) => {
                bounds.count(Count::Tables, section.count())?;
                for table in section {
                    check_table(table.map_err(broken)?.ty.initial, config)?;
                }
            }
            Payload::GlobalSection(section) => bounds.count(Count::Globals, section.count())?,
            Payload::ExportSection(section) => bounds.count(Count::Exports, section.count())?,
            Payload::ElementSection(section) => bounds.count(Count::Segments, section.count())?,
            Payload::DataSection(section) => bounds.count(Count::Segments, section.count())?,
            Payload::CodeSectionEntry(body) => {
                let cost = bounds.cost(&body).map_err(broken)?;
                bounds.function(cost)?;
            }
            _ => {}
        }
    }
    // Hooks of other versions are refused if this host would never call them. Unknown hooks are ignored.
    others.retain(|(hook, _)| {
        of_this.is_empty() || v0_1::HOOKS.contains(&hook.as_str()) && !of_this.contains(hook)
    });
    let alien = |name: &String| v0_1::name_in_another_version(name).is_none();
    let of_other_versions = !unknown.is_empty() || !others.is_empty();
    if of_other_versions && !unknown.iter().any(alien) {
        unknown.extend(others.into_iter().map(|(_, name)| name));
        unknown.sort();
        unknown.dedup();
        unknown.truncate(MAX_NAMES);
        return Err(PluginError::OtherVersion(unknown));
    }
    if unknown.is_empty() {
        capabilities.sort();
        capabilities.dedup();
        return Ok(capabilities);
    }
    let more = unknown.len().saturating_sub(MAX_NAMES);
    unknown.truncate(MAX_NAMES);
    if more > 0 {
        unknown.push(format!("and {more} more"));
    }
    Err(PluginError::UnknownImports(unknown))
}

fn broken(error: BinaryReaderError) -> PluginError {
    PluginError::NotWasm(sanitize(&error.to_string(), 400))
}

/// Returns the archive or compression format of a file, by its first bytes.
fn wrapper(file: &[u8]) -> Option<&'static str> {
    let wrappers: [(&[u8], &str); 7] = [
        (b"\x1f\x8b", "a gzip archive"),
        (b"PK\x03\x04", "a zip archive"),
        (b"\x28\xb5\x2f\xfd", "a zstd archive"),
        (b"\xfd7zXZ\0", "an xz archive"),
        (b"BZh", "a bzip2 archive"),
        (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
        (b"\x04\x22\x4d\x18", "an lz4 archive"),
    ];
    wrappers
        .into_iter()
        .find_map(|(magic, name)| file.starts_with(magic).then_some(name))
}

/// Refuses components as parameters of components: the number of their instantiations cannot be computed in
/// advance.
fn first_order(ty: ComponentTypeRef) -> Result<(), PluginError> {
    match ty {
        ComponentTypeRef::Component(_) => Err(PluginError::TooDemanding(
            "a nested component imports or exports another one: link them when it is \
             built"
                .to_owned(),
        )),
        _ => Ok(()),
    }
}

/// Applies [`first_order`] to every part of a type. The parser bounds the nesting.
fn first_order_type(ty: &ComponentType<'_>) -> Result<(), PluginError> {
    match ty {
        ComponentType::Component(declarations) => {
            for declaration in declarations {
                match declaration {
                    ComponentTypeDeclaration::Type(ty) => first_order_type(ty)?,
                    ComponentTypeDeclaration::Export { ty, .. } => first_order(*ty)?,
                    ComponentTypeDeclaration::Import(import) => first_order(import.ty)?,
                    _ => {}
                }
            }
        }
        ComponentType::Instance(declarations) => {
            for declaration in declarations {
                match declaration {
                    InstanceTypeDeclaration::Type(ty) => first_order_type(ty)?,
                    InstanceTypeDeclaration::Export { ty, .. } => first_order(*ty)?,
                    _ => {}
                }
            }
        }
        _ => {}
    }
    Ok(())
}
