;; A manifest of 300 arrays in one another.
(module
  (;memory;) (;realloc;)
  (func (export "regulars:plugin/about@0.1.0#describe") (result i32)
    (memory.fill (i32.const 65536) (i32.const 91) (i32.const 300))
    (i32.store (i32.const 16) (i32.const 65536))
    (i32.store (i32.const 20) (i32.const 300))
    (i32.const 16))
  (func (export "regulars:plugin/events@0.1.0#handle") (param i32) (result i32) unreachable))
