use wasmtime::component::types::ComponentItem;
use wasmtime::component::{
    Component, ComponentExportIndex, ComponentNamedList, InstancePre, Lift, Linker, Lower,
};

use super::abi::v0_1;
use super::call::RunState;
use super::failure::text_of;
use crate::plugin::PluginError;
use regulars_model::Digest;

/// A checked, compiled and linked component.
pub struct Plugin {
    pub(super) digest: Digest,
    pub(super) size: u64,
    pub(super) imports: Vec<String>,
    pub(super) instance: InstancePre<RunState>,
    pub(super) hooks: Hooks,
}

/// The positions of the hooks in the component.
pub(super) struct Hooks {
    pub describe: ComponentExportIndex,
    pub handle: Option<ComponentExportIndex>,
    pub act: Option<ComponentExportIndex>,
    pub rewrite: Option<ComponentExportIndex>,
}

impl Plugin {
    /// Returns the digest of the component.
    pub fn digest(&self) -> Digest {
        self.digest
    }

    /// Returns the component's size in bytes.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Returns the imported capabilities, such as `history`, `log` and `memory`.
    pub fn imports(&self) -> &[String] {
        &self.imports
    }

    /// Returns true if it exports the hook for events.
    pub fn has_events(&self) -> bool {
        self.hooks.handle.is_some()
    }

    /// Returns true if it exports the hook for actions.
    pub fn has_actions(&self) -> bool {
        self.hooks.act.is_some()
    }
}

impl Plugin {
    /// Returns true if it exports the hook `migrate`.
    pub fn migrates(&self) -> bool {
        self.hooks.rewrite.is_some()
    }
}

impl std::fmt::Debug for Plugin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Plugin({})", self.digest)
    }
}

/// Links a component and finds its hooks.
pub(super) fn link(
    linker: &Linker<RunState>,
    component: &Component,
) -> Result<(InstancePre<RunState>, Hooks), PluginError> {
    refuse_unknown_functions(component)?;
    let instance = linker
        .instantiate_pre(component)
        .map_err(|error| PluginError::WrongType(text_of(&error)))?;
    let describe =
        hook::<v0_1::DescribeParams, v0_1::DescribeReturn>(&instance, v0_1::ABOUT, "describe")?
            .ok_or_else(|| PluginError::MissingExport(v0_1::ABOUT.to_owned()))?;
    let hooks = Hooks {
        describe,
        handle: hook::<v0_1::HandleParams<'_>, v0_1::HandleReturn>(
            &instance,
            v0_1::EVENTS,
            "handle",
        )?,
        act: hook::<v0_1::ActParams<'_>, v0_1::ActReturn>(&instance, v0_1::ACTIONS, "act")?,
        rewrite: hook::<v0_1::RewriteParams<'_>, v0_1::RewriteReturn>(
            &instance,
            v0_1::MIGRATE,
            "rewrite",
        )?,
    };
    if hooks.handle.is_none() && hooks.act.is_none() {
        return Err(PluginError::MissingExport(format!(
            "{} or {}",
            v0_1::EVENTS,
            v0_1::ACTIONS
        )));
    }
    Ok((instance, hooks))
}

/// Names the imported functions that a known interface does not have in this version.
fn refuse_unknown_functions(component: &Component) -> Result<(), PluginError> {
    let engine = component.engine();
    let ty = component.component_type();
    let mut unknown = Vec::new();
    for (import, item) in ty.imports(engine) {
        let name = v0_1::interface_name(import).unwrap_or_default();
        let known = v0_1::CAPABILITIES.iter().find(|(known, _)| *known == name);
        let functions = known.map_or(&[][..], |(_, functions)| functions);
        let ComponentItem::ComponentInstance(interface) = &item.ty else {
            continue;
        };
        for (function, item) in interface.exports(engine) {
            if let ComponentItem::ComponentFunc(_) = item.ty
                && !functions.contains(&function)
            {
                unknown.push(format!("{import}#{function}"));
            }
        }
    }
    if unknown.is_empty() {
        return Ok(());
    }
    unknown.truncate(super::inspect::MAX_NAMES);
    Err(PluginError::UnknownImports(unknown))
}

/// Returns the position of a hook's function after checking its type. `None` if the component does not export
/// the hook.
fn hook<Params, Return>(
    instance: &InstancePre<RunState>,
    interface: &str,
    function: &str,
) -> Result<Option<ComponentExportIndex>, PluginError>
where
    Params: ComponentNamedList + Lower,
    Return: ComponentNamedList + Lift,
{
    let component = instance.component();
    let Some(parent) = component.get_export_index(None, interface) else {
        return Ok(None);
    };
    match component.get_export(Some(&parent), function) {
        None => Err(PluginError::MissingExport(format!(
            "{interface}#{function}"
        ))),
        Some((ComponentItem::ComponentFunc(ty), index)) => ty
            .typecheck::<Params, Return>(&instance.instance_type())
            .map(|()| Some(index))
            .map_err(|error| {
                PluginError::WrongType(format!("{interface}#{function}: {}", text_of(&error)))
            }),
        Some(_) => Err(PluginError::WrongType(format!(
            "{interface}#{function} is not a function"
        ))),
    }
}
