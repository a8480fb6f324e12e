;; Divides by zero.
(module
  (;memory;) (;realloc;) (;about;)
  (func (export "regulars:plugin/events@0.1.0#handle") (param i32) (result i32) (i32.div_u (local.get 0) (i32.const 0))))
