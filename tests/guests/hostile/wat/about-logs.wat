;; Writes a line with a terminal's commands while it introduces itself.
(module
  (import "regulars:plugin/log@0.1.0" "write" (func $log (param i32 i32 i32)))
  (;memory;) (;realloc;)
  (data (i32.const 64) "\1b[2Jhello\07")
  (func (export "regulars:plugin/about@0.1.0#describe") (result i32)
    (call $log (i32.const 3) (i32.const 64) (i32.const 10))
    (i32.const 16))
  (func (export "regulars:plugin/events@0.1.0#handle") (param i32) (result i32) unreachable))
