;; Takes all the memory there is before anybody called it.
(module
  (;memory;) (;realloc;) (;about;)
  (func $start (loop $more (br_if $more (i32.ne (memory.grow (i32.const 16)) (i32.const -1)))) unreachable)
  (start $start)
  (func (export "regulars:plugin/events@0.1.0#handle") (param i32) (result i32) unreachable))
