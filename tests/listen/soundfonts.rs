//! A SoundFont of three presets, built in memory: 0 a sine, 1 an octave above it, and drums two octaves above.

/// Frames of the sample: 100 periods of 441 Hz, looped.
const FRAMES: u16 = 10_000;

fn chunk(name: &[u8; 4], body: &[u8]) -> Vec<u8> {
    [name.as_slice(), &(body.len() as u32).to_le_bytes(), body].concat()
}

fn list(name: &[u8; 4], chunks: &[Vec<u8>]) -> Vec<u8> {
    chunk(b"LIST", &[name.as_slice(), &chunks.concat()].concat())
}

/// Little-endian words.
fn words(words: &[u16]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_le_bytes()).collect()
}

fn name(text: &str) -> Vec<u8> {
    let mut name = text.as_bytes().to_vec();
    name.resize(20, 0);
    name
}

/// The bytes of the file.
pub(crate) fn tiny() -> Vec<u8> {
    let wave = (0..FRAMES).map(|at| (20_000.0 * (f64::from(at) * std::f64::consts::TAU / 100.0).sin()) as i16 as u16);
    // The format wants 46 frames of silence behind a sample.
    let wave: Vec<u16> = wave.chain([0; 46]).collect();
    // Name, program, bank, first zone; library, genre and morphology are unused.
    let preset = |text, program, bank, zone| [name(text), words(&[program, bank, zone, 0, 0, 0, 0, 0, 0])].concat();
    let presets = [preset("sine", 0, 0, 0), preset("high", 1, 0, 1), preset("drum", 0, 128, 2), preset("EOP", 0, 0, 3)];
    // Generator 51 tunes by semitones, 41 names the instrument.
    let preset_zones = words(&[0, 0, 1, 0, 3, 0, 5, 0]);
    let preset_generators = words(&[41, 0, 51, 12, 41, 0, 51, 24, 41, 0, 0, 0]);
    let instruments = [[name("sine"), words(&[0])].concat(), [name("EOI"), words(&[1])].concat()];
    let instrument_zones = words(&[0, 0, 2, 0]);
    // Generator 54 loops, 53 names the sample.
    let instrument_generators = words(&[54, 1, 53, 0, 0, 0]);
    // Start, end, loop, rate, key 69, no correction, no link, mono.
    let positions = [0, u32::from(FRAMES), 100, u32::from(FRAMES) - 100, 44_100].map(u32::to_le_bytes).concat();
    let sample = [name("sine"), positions, vec![69, 0], words(&[0, 1])].concat();
    let last_sample = [name("EOS"), vec![0; 26]].concat();
    let body = [
        b"sfbk".to_vec(),
        list(b"INFO", &[chunk(b"ifil", &words(&[2, 1])), chunk(b"isng", b"EMU8000\0"), chunk(b"INAM", b"tiny\0\0")]),
        list(b"sdta", &[chunk(b"smpl", &words(&wave))]),
        list(
            b"pdta",
            &[
                chunk(b"phdr", &presets.concat()),
                chunk(b"pbag", &preset_zones),
                chunk(b"pmod", &[0; 10]),
                chunk(b"pgen", &preset_generators),
                chunk(b"inst", &instruments.concat()),
                chunk(b"ibag", &instrument_zones),
                chunk(b"imod", &[0; 10]),
                chunk(b"igen", &instrument_generators),
                chunk(b"shdr", &[sample, last_sample].concat()),
            ],
        ),
    ];
    chunk(b"RIFF", &body.concat())
}
