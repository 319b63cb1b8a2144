# Two commands do everything on a fresh machine with Rust: `make demo` and `make test`.

# Mesa's device selection layer looks for a display and complains when there is none.
export NODEVICE_SELECT = 1

CARGO ?= cargo
RUN = target/release/gpu-lstm

LIMIT ?= 180

.PHONY: demo test lint bench peers parity songs golden models archive test-scores test-validation mutants fuzz soak vulkan

## Trains on midi_songs, from the piano model that comes along, for half a minute on two cores, and writes test_output.mid.
## `make demo BEGIN="--steps 400"` begins with random numbers.
BEGIN ?= --from piano --steps 200
demo: vulkan
	$(CARGO) build --release --locked
	$(RUN) inspect midi_songs
	$(RUN) train midi_songs $(BEGIN) --run runs/demo --overwrite
	$(RUN) generate runs/demo --compare midi_songs --best-of 16 --roll --events 200 --temperature 0.9 --page test_output.html

## Everything that must pass: format, lints, tests, documentation, every bench once.
test: vulkan lint
	$(CARGO) test --locked
	RUSTDOCFLAGS=-Dwarnings $(CARGO) doc --locked --no-deps
	$(CARGO) bench --locked --bench kernels -- --test
	$(CARGO) bench --locked --bench train_step -- --test

lint:
	$(CARGO) fmt --check
	$(CARGO) clippy --locked --all-targets -- -D warnings

## Measures kernels and training steps; the table goes to benches/RESULTS.md.
bench: vulkan
	$(CARGO) bench --locked --bench kernels
	MESA_SHADER_CACHE_DISABLE=true $(CARGO) bench --locked --bench train_step -- --record benches/RESULTS.md

## Runs the training steps beside the framework burn, which takes long to build; no step may take longer than LIMIT seconds.
peers: vulkan
	$(CARGO) run --release --locked --manifest-path benches/burn/Cargo.toml --target-dir target/peers -- \
	  --limit $(LIMIT) --record benches/RESULTS.md

## Prints the largest error of every kernel output against its f64 twin.
parity: vulkan
	@$(CARGO) test --locked --test kernels --test model -- --nocapture | grep '^parity'

## Turns the scores into MIDI files again; needs abc2midi (Debian: abcmidi).
songs:
	$(MAKE) -C midi_songs

## Trains the models that come along anew; DATA holds chorales/train, chorales/valid, piano/train and piano/valid.
models: vulkan
	$(CARGO) build --release --locked
	for name in chorales piano; do \
	  $(RUN) train $(DATA)/$$name/train --validation $(DATA)/$$name/valid --seed 0 --run runs/$$name --overwrite \
	  && $(RUN) export runs/$$name -o models/$$name.safetensors || exit 1; \
	done

## What people without Rust install: the binary with its models, completions, manual pages and licences, in one archive.
ARCHIVE ?= gpu-lstm-$(shell uname -s | tr A-Z a-z)-$(shell uname -m)
archive:
	$(CARGO) build --release --locked
	rm -rf target/$(ARCHIVE) && mkdir -p target/$(ARCHIVE)/man target/$(ARCHIVE)/completions
	cp $(RUN) README.md CHANGELOG.md LICENSE-APACHE LICENSE-MIT target/$(ARCHIVE)
	cp models/README.md target/$(ARCHIVE)/MODELS.md
	for shell in bash zsh fish powershell; do $(RUN) completions $$shell > target/$(ARCHIVE)/completions/gpu-lstm.$$shell || exit 1; done
	$(RUN) man > target/$(ARCHIVE)/man/gpu-lstm.1
	for name in train generate render eval compare report score check inspect models export devices; do \
	  $(RUN) man $$name > target/$(ARCHIVE)/man/gpu-lstm-$$name.1 || exit 1; \
	done
	tar -C target -czf target/$(ARCHIVE).tar.gz $(ARCHIVE)

## Opens a trained model in PyTorch and compares the logits; needs Python with torch and safetensors.
golden: vulkan
	$(CARGO) run --release --locked -- eval runs/latest midi_songs --logits target/logits.safetensors
	python3 tests/golden/check_checkpoint.py runs/latest/model.safetensors target/logits.safetensors

## Opens the scores of midi_songs in MuseScore (Debian: musescore3) and music21 (pip), whichever is installed.
test-scores:
	$(CARGO) test --locked --test score -- --ignored --nocapture

## Runs the tests that compute on the adapter under Vulkan's validation layers; needs them (Debian: vulkan-validationlayers).
test-validation: vulkan
	tests/validation/run kernels model nn submits generation melody

## Changes COUNT places of shaders, one at a time, chosen by SEED: a test must notice each; needs Python.
COUNT ?= 60
SEED ?= 1
mutants: vulkan
	python3 tests/mutants/run.py --count $(COUNT) --seed $(SEED)

## Feeds each reader of files and options with changed input for SECONDS; needs nightly Rust, cargo-fuzz and a C++ compiler.
SECONDS ?= 60
fuzz:
	for target in midi notes model_file state_file config options; do \
	  mkdir -p fuzz/corpus/$$target \
	  && $(CARGO) +nightly fuzz run $$target fuzz/corpus/$$target $$([ $$target != midi ] || echo midi_songs) -- \
	    -max_total_time=$(SECONDS) -max_len=4096 -len_control=0 || exit 1; \
	done

## Trains and writes music in a loop for MINUTES; memory, open files and files must stay as they are. Linux.
MINUTES ?= 10
soak: vulkan
	MINUTES=$(MINUTES) $(CARGO) test --locked --test soak -- --ignored --nocapture

# Installs Mesa's software Vulkan driver where no driver is found and a package manager can be used.
vulkan:
	@ls /usr/share/vulkan/icd.d/*.json /etc/vulkan/icd.d/*.json $(VK_DRIVER_FILES) $(VK_ICD_FILENAMES) 2>/dev/null \
	| grep -q . \
	|| [ "$$(uname)" != Linux ] \
	|| { command -v apt-get >/dev/null && sudo=$$(command -v sudo || true) \
	     && echo "no Vulkan driver found: installing mesa-vulkan-drivers" \
	     && $$sudo apt-get update -qq && $$sudo apt-get install -y -qq mesa-vulkan-drivers >/dev/null; } \
	|| echo "no Vulkan driver found; install your GPU's, or Mesa's lavapipe (Debian: mesa-vulkan-drivers)"
