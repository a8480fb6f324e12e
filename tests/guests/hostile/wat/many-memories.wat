;; Lets four memories grow in turn: each by itself stays below the limit.
(module
  (;memory;) (;realloc;) (;about;)
  (memory $b 1) (memory $c 1) (memory $d 1)
  (func (export "regulars:plugin/events@0.1.0#handle") (param i32) (result i32)
    (loop $more
      (br_if $more (i32.and
        (i32.and
          (i32.ne (memory.grow 0 (i32.const 8)) (i32.const -1))
          (i32.ne (memory.grow $b (i32.const 8)) (i32.const -1)))
        (i32.and
          (i32.ne (memory.grow $c (i32.const 8)) (i32.const -1))
          (i32.ne (memory.grow $d (i32.const 8)) (i32.const -1))))))
    unreachable))
