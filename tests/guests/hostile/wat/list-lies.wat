;; A list that is longer than memory.
(module
  (;memory;) (;realloc;) (;about;)
  (func (export "regulars:plugin/events@0.1.0#handle") (param i32) (result i32)
    (i32.store (i32.const 132) (i32.const 8))
    (i32.store (i32.const 136) (i32.const -1))
    (i32.const 128)))
