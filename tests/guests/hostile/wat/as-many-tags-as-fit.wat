;; As many effects as fit into memory, all of them the same empty bytes.
(module
  (;memory;) (;realloc;) (;about;)
  (func (export "regulars:plugin/events@0.1.0#handle") (param i32) (result i32)
    (drop (memory.grow (i32.const 500)))
    ;; `ok`, and a list of 294000 effects at 65536
    (i32.store (i32.const 132) (i32.const 65536))
    (i32.store (i32.const 136) (i32.const 294000))
    (i32.const 128)))
