;; A line of the log that is no UTF-8.
(module
  (import "regulars:plugin/log@0.1.0" "write" (func $log (param i32 i32 i32)))
  (;memory;) (;realloc;) (;about;)
  (data (i32.const 64) "\ff\fe")
  (func (export "regulars:plugin/events@0.1.0#handle") (param i32) (result i32) (call $log (i32.const 1) (i32.const 64) (i32.const 2)) (i32.const 128)))
