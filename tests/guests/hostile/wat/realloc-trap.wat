;; Traps when the host asks it for room.
(module
  (;memory;) (;about;)
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) unreachable)
  (func (export "regulars:plugin/events@0.1.0#handle") (param i32) (result i32) unreachable))
