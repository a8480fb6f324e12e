;; Introduces itself as the test says, takes some tenths of a second over everything, and answers with nothing.
(module
  (;memory;) (;realloc;) (;about;)
  (func (export "regulars:plugin/events@0.1.0#handle") (param i32) (result i32) (local i32)
    (loop
      (br_if 0 (i32.lt_u
        (local.tee 1 (i32.add (local.get 1) (i32.const 1)))
        (i32.const 200_000_000))))
    (i32.const 128)))
