;; A line of the log that is longer than memory.
(module
  (import "regulars:plugin/log@0.1.0" "write" (func $log (param i32 i32 i32)))
  (;memory;) (;realloc;) (;about;)
  (func (export "regulars:plugin/events@0.1.0#handle") (param i32) (result i32) (call $log (i32.const 1) (i32.const 64) (i32.const 0x7fffffff)) (i32.const 128)))
