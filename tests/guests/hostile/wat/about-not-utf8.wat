;; A manifest that is no UTF-8.
(module
  (;memory;) (;realloc;)
  (data (i32.const 64) "\ff\fe")
  (func (export "regulars:plugin/about@0.1.0#describe") (result i32)
    (i32.store (i32.const 16) (i32.const 64))
    (i32.store (i32.const 20) (i32.const 2))
    (i32.const 16))
  (func (export "regulars:plugin/events@0.1.0#handle") (param i32) (result i32) unreachable))
