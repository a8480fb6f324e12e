;; Lets a table grow without end.
(module
  (;memory;) (;realloc;) (;about;)
  (table $t 1 funcref)
  (func (export "regulars:plugin/events@0.1.0#handle") (param i32) (result i32)
    (loop $more
      (br_if $more (i32.ne (table.grow $t (ref.null func) (i32.const 1000)) (i32.const -1))))
    unreachable))
