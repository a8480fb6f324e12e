;; Neither `ok` nor an error.
(module
  (;memory;) (;realloc;) (;about;)
  (func (export "regulars:plugin/events@0.1.0#handle") (param i32) (result i32) (i32.store8 (i32.const 128) (i32.const 7)) (i32.const 128)))
