//! Bounds on the cost to compile a component, from the counts of its parts. A refused component never reaches
//! the compiler.
//!
//! The compiler is nearly linear for usual code, but not for hostile code. 8 KB of blocks that pass on a
//! thousand values take 4 GB, 14 KB of nested loops take 46 seconds, and a thousand modules of 30 bytes with
//! a memory of 16 MiB each take 16 GB. The bounds therefore limit the products that the compiler's time and
//! tables grow with.
//!
//! The bounds are two to ten times the counts of the largest known guests. SpiderMonkey for components, 10 to
//! 13 MB, has 20,000 functions, 163,000 locals, 6,700 segments, 24 million instructions and operands (207,000
//! in one function), 20 million values across branches (499,000), 25 million blocks around branches (2.2
//! million), 1 million loops around branches (89,000), and 9,000 branches in one function.

mod code;

use wasmparser::{
    BinaryReaderError, Encoding, FunctionBody, FunctionSectionReader, ImportSectionReader, SubType,
    TypeRef, TypeSectionReader,
};

pub(super) use code::Cost;

use super::failure::grouped;
use super::limits::{MAX_INSTANCES, MAX_MEMORIES, MAX_TABLES};
use crate::plugin::PluginError;

/// The maximum nesting of components. Two levels are usual, and each composition adds one.
const MAX_DEPTH: usize = 8;
/// The maximum number of instances, each counted as often as its surrounding components are instantiated.
const MAX_EXPANDED: u64 = 1_000;
/// Sizes of functions (see [`Cost`]): the limit for one function, and for all together. Each comment gives
/// the time of the worst known function of that size, on one core of 2026 with a compiler built for tests.
const SUMS: [(&str, u64, u64); 5] = [
    // 1 s and 0.5 GB; all, 60 s.
    ("instructions and operands", 500_000, 60_000_000),
    // 2 s; all, 30 s.
    ("values kept across branches", 2_000_000, 50_000_000),
    // All, 3 s.
    ("blocks around branches", 500_000_000, 500_000_000),
    // All, 1 s.
    ("loops around branches", 50_000_000, 50_000_000),
    // Each branch costs something for every other one. 25,000 branches in one function: 10 s; all, 25 s.
    ("pairs of branches", 625_000_000, 1_500_000_000),
];

/// A count over the whole file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Count {
    Modules,
    Components,
    Functions,
    Locals,
    Types,
    Imports,
    Exports,
    Canonicals,
    Globals,
    Segments,
    Memories,
    Tables,
}

/// The counts with their names and limits.
const MOST: [(Count, &str, u64); 12] = [
    (Count::Modules, "core modules", MAX_INSTANCES as u64),
    (Count::Components, "components inside it", 100),
    (Count::Functions, "functions", 60_000),
    (Count::Locals, "local variables", 1_000_000),
    (Count::Types, "types", 20_000),
    (Count::Imports, "imports of its parts", 50_000),
    (Count::Exports, "exports and aliases of its parts", 100_000),
    (Count::Canonicals, "functions between its parts", 5_000),
    (Count::Globals, "globals", 100_000),
    (Count::Segments, "data and element segments", 50_000),
    (Count::Memories, "linear memories", MAX_MEMORIES as u64),
    (Count::Tables, "tables", MAX_TABLES as u64),
];

/// The counts so far while a file is read.
pub(super) struct Bounds {
    counts: [u64; MOST.len()],
    /// The sizes of all functions so far, in the order of [`SUMS`].
    sums: [u64; SUMS.len()],
    /// The open parts, outermost first.
    open: Vec<Part>,
    /// The largest number of instances that one of the components so far leads to.
    heaviest: u64,
}

enum Part {
    Module(Module),
    /// A component with its number of instances so far.
    Component(u64),
}

/// The types that a module's functions are measured with.
#[derive(Default)]
pub(super) struct Module {
    types: Vec<SubType>,
    /// The type of each function, imported ones first.
    functions: Vec<u32>,
    /// The number of imported functions, and of measured other ones.
    imported: usize,
    measured: usize,
}

impl Bounds {
    pub fn new() -> Bounds {
        Bounds {
            counts: [0; MOST.len()],
            sums: [0; SUMS.len()],
            open: Vec::new(),
            heaviest: 0,
        }
    }

    /// Returns the number of open parts.
    pub fn depth(&self) -> usize {
        self.open.len()
    }

    pub fn enter(&mut self, encoding: Encoding) -> Result<(), PluginError> {
        let part = match encoding {
            Encoding::Module => {
                self.count(Count::Modules, 1)?;
                Part::Module(Module::default())
            }
            Encoding::Component => {
                self.count(Count::Components, 1)?;
                Part::Component(0)
            }
        };
        self.open.push(part);
        at_most(
            self.open.len() as u64,
            MAX_DEPTH as u64,
            "nested components",
        )
    }

    pub fn leave(&mut self) {
        if let Some(Part::Component(instances)) = self.open.pop() {
            self.heaviest = self.heaviest.max(instances);
        }
    }

    /// Adds `more` to a count.
    pub fn count(&mut self, what: Count, more: u32) -> Result<(), PluginError> {
        self.add(what, more.into())
    }

    fn add(&mut self, what: Count, more: u64) -> Result<(), PluginError> {
        let (_, name, most) = MOST[what as usize];
        let count = &mut self.counts[what as usize];
        *count += more;
        at_most(*count, most, name)
    }

    /// Adds instances of the open component.
    pub fn instances(&mut self, more: u32) -> Result<(), PluginError> {
        self.expand(more.into())
    }

    /// Adds an instance of any earlier component. All parts of a component precede it, so none contains
    /// itself.
    pub fn instantiate(&mut self) -> Result<(), PluginError> {
        self.expand(1 + self.heaviest)
    }

    fn expand(&mut self, more: u64) -> Result<(), PluginError> {
        let Some(Part::Component(instances)) = self.open.last_mut() else {
            return Ok(());
        };
        *instances += more;
        at_most(*instances, MAX_EXPANDED, "instances of its parts")
    }

    pub fn types(&mut self, section: TypeSectionReader<'_>) -> Result<(), BinaryReaderError> {
        let Some(Part::Module(module)) = self.open.last_mut() else {
            return Ok(());
        };
        for group in section {
            module.types.extend(group?.into_types());
        }
        Ok(())
    }

    pub fn imports(&mut self, section: ImportSectionReader<'_>) -> Result<(), BinaryReaderError> {
        let Some(Part::Module(module)) = self.open.last_mut() else {
            return Ok(());
        };
        for import in section.into_imports() {
            if let TypeRef::Func(ty) | TypeRef::FuncExact(ty) = import?.ty {
                module.functions.push(ty);
                module.imported += 1;
            }
        }
        Ok(())
    }

    pub fn functions(
        &mut self,
        section: FunctionSectionReader<'_>,
    ) -> Result<(), BinaryReaderError> {
        let Some(Part::Module(module)) = self.open.last_mut() else {
            return Ok(());
        };
        for ty in section {
            module.functions.push(ty?);
        }
        Ok(())
    }

    /// Returns the cost to compile the module's next function.
    pub fn cost(&mut self, body: &FunctionBody<'_>) -> Result<Cost, BinaryReaderError> {
        let Some(Part::Module(module)) = self.open.last_mut() else {
            return Ok(Cost::default());
        };
        let function = module.imported + module.measured;
        module.measured += 1;
        // The compiler will refuse a function without a type.
        let ty = module.functions.get(function).copied();
        code::measure(body, module, ty.unwrap_or(u32::MAX))
    }

    /// Adds a function's cost.
    pub fn function(&mut self, cost: Cost) -> Result<(), PluginError> {
        self.add(Count::Locals, cost.locals)?;
        let pairs = cost.branches.saturating_mul(cost.branches);
        let sizes = [cost.work, cost.alive, cost.nested, cost.looped, pairs];
        for (size, (sum, (what, of_one, of_all))) in
            sizes.into_iter().zip(self.sums.iter_mut().zip(SUMS))
        {
            at_most(size, of_one, &format!("{what} in one function"))?;
            *sum = sum.saturating_add(size);
            at_most(*sum, of_all, what)?;
        }
        Ok(())
    }
}

fn at_most(count: u64, most: u64, what: &str) -> Result<(), PluginError> {
    if count <= most {
        return Ok(());
    }
    Err(PluginError::TooDemanding(format!(
        "its compilation would take too much: {} {what} or more, the limit is {}",
        grouped(count),
        grouped(most)
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_index_their_limits() {
        for (place, (count, ..)) in MOST.into_iter().enumerate() {
            assert_eq!(count as usize, place);
        }
    }
}
