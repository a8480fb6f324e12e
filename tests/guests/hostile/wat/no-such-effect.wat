;; An effect of a kind that the contract does not have.
(module
  (;memory;) (;realloc;) (;about;)
  (func (export "regulars:plugin/events@0.1.0#handle") (param i32) (result i32)
    (i32.store8 (i32.const 65536) (i32.const 77))
    ;; `ok`, and a list of 1 effects at 65536
    (i32.store (i32.const 132) (i32.const 65536))
    (i32.store (i32.const 136) (i32.const 1))
    (i32.const 128)))
