;; A failure whose reason is no UTF-8.
(module
  (;memory;) (;realloc;) (;about;)
  (data (i32.const 64) "\c0\80")
  (func (export "regulars:plugin/events@0.1.0#handle") (param i32) (result i32)
    (i32.store8 (i32.const 128) (i32.const 1))
    (i32.store (i32.const 136) (i32.const 64))
    (i32.store (i32.const 140) (i32.const 2))
    (i32.const 128)))
