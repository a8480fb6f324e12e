;; Introduces itself as the test says, and then answers everything with nothing.
(module
  (;memory;) (;realloc;) (;about;)
  (func (export "regulars:plugin/events@0.1.0#handle") (param i32) (result i32) (i32.const 128)))
