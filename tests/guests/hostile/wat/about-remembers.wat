;; Looks into its memory while it introduces itself, where it has none.
(module
  (import "regulars:plugin/memory@0.1.0" "get" (func $get (param i32 i32 i32 i32)))
  (;memory;) (;realloc;)
  (func (export "regulars:plugin/about@0.1.0#describe") (result i32)
    (call $get (i32.const 0) (i32.const 64) (i32.const 1) (i32.const 128))
    (i32.const 16))
  (func (export "regulars:plugin/events@0.1.0#handle") (param i32) (result i32) unreachable))
