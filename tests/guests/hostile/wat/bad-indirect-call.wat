;; Calls a function that is not there.
(module
  (;memory;) (;realloc;) (;about;)
  (table 1 funcref)
  (func (export "regulars:plugin/events@0.1.0#handle") (param i32) (result i32) (call_indirect (result i32) (i32.const 0))))
