;; A timer whose payload is a million arrays in one another.
(module
  (;memory;) (;realloc;) (;about;)
  (data (i32.const 64) "key")
  (func (export "regulars:plugin/events@0.1.0#handle") (param i32) (result i32)
    (drop (memory.grow (i32.const 32)))
    (memory.fill (i32.const 131072) (i32.const 91) (i32.const 1000000))
    ;; `wake`: key, time, payload
    (i32.store8 (i32.const 65536) (i32.const 5))
    (i32.store (i32.const 65544) (i32.const 64))
    (i32.store (i32.const 65548) (i32.const 3))
    (i64.store (i32.const 65552) (i64.const 1772352000000))
    (i32.store (i32.const 65560) (i32.const 131072))
    (i32.store (i32.const 65564) (i32.const 1000000))
    ;; `ok`, and a list of 1 effects at 65536
    (i32.store (i32.const 132) (i32.const 65536))
    (i32.store (i32.const 136) (i32.const 1))
    (i32.const 128)))
