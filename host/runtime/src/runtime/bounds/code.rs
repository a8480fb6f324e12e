//! The compiler's cost for one function.

use wasmparser::{
    BinaryReaderError, BlockType, ContType, FrameKind, FuncType, FunctionBody, ModuleArity,
    Operator, RefType, SubType,
};

use super::Module;

/// The sizes of one function.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(in crate::runtime) struct Cost {
    /// Instructions, each with its operands and results.
    pub work: u64,
    /// Local variables, including parameters.
    pub locals: u64,
    /// Branches and joins of the control flow. A loop counts as five, in line with its cost.
    pub branches: u64,
    /// The live values at each branch, summed over all branches: local variables and operands.
    pub alive: u64,
    /// The blocks around each branch, summed over all branches.
    pub nested: u64,
    /// The square of the number of loops around each branch, summed over all branches.
    pub looped: u64,
}

/// Reads a function of a module once. `ty` is its type.
pub(super) fn measure(
    body: &FunctionBody<'_>,
    module: &Module,
    ty: u32,
) -> Result<Cost, BinaryReaderError> {
    let mut reader = Reader::new(module, ty);
    for locals in body.get_locals_reader()? {
        let (more, _) = locals?;
        reader.cost.locals = reader.cost.locals.saturating_add(more.into());
    }
    for operator in body.get_operators_reader()? {
        reader.read(&operator?);
    }
    Ok(reader.cost)
}

struct Reader<'a> {
    module: &'a Module,
    /// The open blocks, the function itself first.
    frames: Vec<Frame>,
    /// Values on the operand stack. Invalid code may have any number: the bounds hold for it too, and the
    /// compiler refuses it.
    height: u64,
    cost: Cost,
}

struct Frame {
    ty: BlockType,
    kind: FrameKind,
    /// The values below the frame on the stack.
    below: u64,
    /// The loops around the frame, including itself.
    loops: u64,
}

impl<'a> Reader<'a> {
    fn new(module: &'a Module, ty: u32) -> Reader<'a> {
        let mut reader = Reader {
            module,
            frames: Vec::new(),
            height: 0,
            cost: Cost::default(),
        };
        let (params, _) = reader.arity(BlockType::FuncType(ty));
        reader.cost.locals = params;
        reader.frames.push(Frame {
            ty: BlockType::FuncType(ty),
            kind: FrameKind::Block,
            below: 0,
            loops: 0,
        });
        reader
    }

    fn read(&mut self, operator: &Operator<'_>) {
        let (takes, gives) = operator.operator_arity(&*self).unwrap_or_default();
        let (takes, gives) = (u64::from(takes), u64::from(gives));
        self.cost.work += 1 + takes + gives;
        let below = self.frames.last().map_or(0, |frame| frame.below);
        match operator {
            Operator::Block { blockty } => self.open(*blockty, FrameKind::Block, takes),
            Operator::Loop { blockty } => self.open(*blockty, FrameKind::Loop, takes),
            Operator::If { blockty } => self.open(*blockty, FrameKind::If, takes),
            Operator::TryTable { try_table } => {
                self.open(try_table.ty, FrameKind::TryTable, takes);
                for _ in &try_table.catches {
                    self.branch(1);
                }
            }
            Operator::Else => {
                self.branch(1);
                self.height = below + gives;
            }
            Operator::End => {
                self.frames.pop();
                self.height = below + gives;
            }
            Operator::Br { .. } | Operator::Return => {
                self.branch(1);
                self.height = below;
            }
            Operator::BrTable { targets } => {
                let targets = u64::from(targets.len());
                self.cost.work += targets * (1 + takes);
                self.branch(1 + targets);
                self.height = below;
            }
            Operator::Unreachable => self.height = below,
            Operator::BrIf { .. }
            | Operator::BrOnNull { .. }
            | Operator::BrOnNonNull { .. }
            | Operator::BrOnCast { .. }
            | Operator::BrOnCastFail { .. } => {
                self.branch(1);
                self.height = self.height.saturating_sub(takes) + gives;
            }
            _ => self.height = self.height.saturating_sub(takes) + gives,
        }
    }

    fn open(&mut self, ty: BlockType, kind: FrameKind, takes: u64) {
        let loops = self.frames.last().map_or(0, |frame| frame.loops);
        self.frames.push(Frame {
            ty,
            kind,
            below: self.height.saturating_sub(takes),
            loops: loops + u64::from(kind == FrameKind::Loop),
        });
        if kind == FrameKind::If {
            // An `if` consumes its condition.
            self.height = self.height.saturating_sub(1);
        }
        self.branch(1);
        if kind == FrameKind::Loop {
            self.cost.branches += 4;
        }
    }

    /// Adds the live values at a branch or join.
    fn branch(&mut self, ways: u64) {
        let loops = self.frames.last().map_or(0, |frame| frame.loops);
        let cost = &mut self.cost;
        cost.branches += ways;
        cost.alive += ways * cost.locals.saturating_add(self.height).min(1 << 32);
        cost.nested += ways * self.frames.len() as u64;
        cost.looped += ways * loops * loops;
    }

    fn arity(&self, ty: BlockType) -> (u64, u64) {
        let (params, results) = self.block_type_arity(ty).unwrap_or_default();
        (params.into(), results.into())
    }
}

impl ModuleArity for Reader<'_> {
    fn sub_type_at(&self, ty: u32) -> Option<&SubType> {
        self.module.types.get(ty as usize)
    }

    fn type_index_of_function(&self, function: u32) -> Option<u32> {
        self.module.functions.get(function as usize).copied()
    }

    fn control_stack_height(&self) -> u32 {
        u32::try_from(self.frames.len()).unwrap_or(u32::MAX)
    }

    fn label_block(&self, depth: u32) -> Option<(BlockType, FrameKind)> {
        let place = self.frames.len().checked_sub(1 + depth as usize)?;
        let frame = &self.frames[place];
        Some((frame.ty, frame.kind))
    }

    // Exceptions, function references and continuations are disabled: the compiler refuses them.
    fn tag_type_arity(&self, _: u32) -> Option<(u32, u32)> {
        None
    }

    fn func_type_of_cont_type(&self, _: &ContType) -> Option<&FuncType> {
        None
    }

    fn sub_type_of_ref_type(&self, _: &RefType) -> Option<&SubType> {
        None
    }
}
