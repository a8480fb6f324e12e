//! Bounds on what compiling a component costs, from what stands in it: nothing that is refused here
//! has reached the compiler.
//!
//! The compiler is close to linear in what people compile, and far from it in what an attacker may
//! write: 8 KB of blocks that pass a thousand values on take 4 GB, 14 KB of loops in loops 46 seconds,
//! and a thousand modules of 30 bytes, each with a memory of 16 MiB, 16 GB. So what stands in the file
//! is counted, and the products that the compiler's time and tables grow with.
//!
//! The bounds are two to ten times what the largest guests have. SpiderMonkey for components, 10 to
//! 13 MB: 20,000 functions, 163,000 locals, 6,700 segments; 24 million instructions and operands (207,000
//! in one function), 20 million values across branches (499,000), 25 million blocks around branches
//! (2.2 million), 1 million loops around branches (89,000), 9,000 branches in one function.

mod code;

use wasmparser::{
    BinaryReaderError, Encoding, FunctionBody, FunctionSectionReader, ImportSectionReader, SubType,
    TypeRef, TypeSectionReader,
};

pub(super) use code::Cost;

use super::failure::grouped;
use super::limits::{MAX_INSTANCES, MAX_MEMORIES, MAX_TABLES};
use crate::plugin::PluginError;

/// Components in one another. Two are usual, and one more for each composition.
const MAX_DEPTH: usize = 8;
/// Instances, counted as often as the components around them are instantiated.
const MAX_EXPANDED: u64 = 1_000;
/// Sizes of functions (see [`Cost`]): how much one may have, and all together. Each time is what the
/// worst function known takes that has so much of it alone, on one core of 2026 with a compiler that
/// was built for tests.
const SUMS: [(&str, u64, u64); 5] = [
    // 1 s and 0.5 GB; all, 60 s.
    ("instructions and operands", 500_000, 60_000_000),
    // 2 s; all, 30 s.
    ("values kept across branches", 2_000_000, 50_000_000),
    // All, 3 s.
    ("blocks around branches", 500_000_000, 500_000_000),
    // All, 1 s.
    ("loops around branches", 50_000_000, 50_000_000),
    // A branch costs something for each other: 25,000 branches in one function, 10 s; all, 25 s.
    ("pairs of branches", 625_000_000, 1_500_000_000),
];

/// What is counted over the whole file.
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

/// What they are called, and how many there may be.
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

/// What was counted so far, on the way through a file.
pub(super) struct Bounds {
    counts: [u64; MOST.len()],
    /// The sizes of the functions so far, in the order of [`SUMS`].
    sums: [u64; SUMS.len()],
    /// The parts that the reader is in, the outermost first.
    open: Vec<Part>,
    /// The most instances that instantiating one of the components so far comes to.
    heaviest: u64,
}

enum Part {
    Module(Module),
    /// With its instances so far.
    Component(u64),
}

/// What the functions of a module are measured with.
#[derive(Default)]
pub(super) struct Module {
    types: Vec<SubType>,
    /// The type of each function, imported ones first.
    functions: Vec<u32>,
    /// How many of them are imported, and how many of the others were measured.
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

    /// How many parts the reader is in.
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
            "components in one another",
        )
    }

    pub fn leave(&mut self) {
        if let Some(Part::Component(instances)) = self.open.pop() {
            self.heaviest = self.heaviest.max(instances);
        }
    }

    /// Counts so many more.
    pub fn count(&mut self, what: Count, more: u32) -> Result<(), PluginError> {
        self.add(what, more.into())
    }

    fn add(&mut self, what: Count, more: u64) -> Result<(), PluginError> {
        let (_, name, most) = MOST[what as usize];
        let count = &mut self.counts[what as usize];
        *count += more;
        at_most(*count, most, name)
    }

    /// Counts instances of the component that the reader is in.
    pub fn instances(&mut self, more: u32) -> Result<(), PluginError> {
        self.expand(more.into())
    }

    /// Counts an instance of one of the components so far, whichever it is. All that it is made of
    /// stands before it, so that nothing is in itself.
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

    /// What compiling the next function of the module costs.
    pub fn cost(&mut self, body: &FunctionBody<'_>) -> Result<Cost, BinaryReaderError> {
        let Some(Part::Module(module)) = self.open.last_mut() else {
            return Ok(Cost::default());
        };
        let function = module.imported + module.measured;
        module.measured += 1;
        // Where it has no type, the compiler will say so.
        let ty = module.functions.get(function).copied();
        code::measure(body, module, ty.unwrap_or(u32::MAX))
    }

    /// Counts a function.
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
        "to compile it would take too much: {} {what} and more, and {} are the most",
        grouped(count),
        grouped(most)
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_count_stands_in_its_own_place() {
        for (place, (count, ..)) in MOST.into_iter().enumerate() {
            assert_eq!(count as usize, place);
        }
    }
}
