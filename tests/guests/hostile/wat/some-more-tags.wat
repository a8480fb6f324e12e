;; A hundred and one small effects.
(module
  (;memory;) (;realloc;) (;about;)
  (func (export "regulars:plugin/events@0.1.0#handle") (param i32) (result i32)
    (local $i i32) (local $at i32)
    (local.set $at (i32.const 65536))
    (loop $more
      (i32.store8 (local.get $at) (i32.const 6))
      (i32.store offset=8 (local.get $at) (i32.const 64))
      (i32.store offset=12 (local.get $at) (i32.const 1))
      (local.set $at (i32.add (local.get $at) (i32.const 112)))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $more (i32.lt_u (local.get $i) (i32.const 101))))
    ;; `ok`, and a list of 101 effects at 65536
    (i32.store (i32.const 132) (i32.const 65536))
    (i32.store (i32.const 136) (i32.const 101))
    (i32.const 128)))
