;; Gives room where it has no memory.
(module
  (;memory;) (;about;)
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const 0x7ffffff8))
  (func (export "regulars:plugin/events@0.1.0#handle") (param i32) (result i32) unreachable))
