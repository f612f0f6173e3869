// The part that runs in a page as well follows here; run folders need Node and are in `@ttrec/training/run-folder`.
export {};
