package blackbox_test

import (
	"bytes"
	"context"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mayday/center"
	"mayday/center/number"
	"mayday/engine/blackbox"
)

func save(t testing.TB, box *blackbox.Box, c center.Center, version int64) {
	t.Helper()
	if err := box.SaveSnapshot(context.Background(), c, version); err != nil {
		t.Fatalf("save version %d: %v", version, err)
	}
}

func expectSnapshot(t testing.TB, circumstance string, box *blackbox.Box, want int64) center.Center {
	t.Helper()
	c, version, ok := box.Snapshot()
	if ok != (want != 0) || version != want {
		t.Errorf("%s: snapshot %d, %v; want %d", circumstance, version, ok, want)
	}
	return c
}

// named is the sample under another name.
func named(name string) center.Center {
	c := sample()
	c.Organisation.Name = name
	return c
}

func TestSnapshotOutlivesTheProcess(t *testing.T) {
	dir := t.TempDir()
	box := openBox(t, dir, noon)
	expectSnapshot(t, "a new folder", box, 0)
	healthy(t, box)
	for version := int64(1); version <= 5; version++ {
		save(t, box, named("Acme "+string(rune('0'+version))), version)
		expectSnapshot(t, "just saved", box, version)
	}
	shut(t, box)
	box = openBox(t, dir, noon)
	if diff := cmp.Diff(named("Acme 5"), expectSnapshot(t, "opened again", box, 5)); diff != "" {
		t.Errorf("opened again (-saved +read):\n%s", diff)
	}
	healthy(t, box)
}

// ruin changes one octet in the middle of a file.
func ruin(t testing.TB, path string) {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	content[len(content)/2] ^= 1
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestRuinedSnapshotGivesWayToTheOneBefore(t *testing.T) {
	for name, spoil := range map[string]func(t testing.TB, path string){
		"one octet is another": ruin,
		"cut short": func(t testing.TB, path string) {
			if err := os.Truncate(path, 100); err != nil {
				t.Fatal(err)
			}
		},
		"empty": func(t testing.TB, path string) {
			if err := os.Truncate(path, 0); err != nil {
				t.Fatal(err)
			}
		},
		"a folder": func(t testing.TB, path string) {
			if err := errors.Join(os.Remove(path), os.Mkdir(path, 0o700)); err != nil {
				t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			box := openBox(t, dir, noon)
			save(t, box, named("One"), 1)
			save(t, box, named("Two"), 2) // stands in the second file
			shut(t, box)
			spoil(t, filepath.Join(dir, "snapshot.b"))

			box = openBox(t, dir, noon)
			if c := expectSnapshot(t, name, box, 1); c.Organisation.Name != "One" {
				t.Errorf("%s: the snapshot is %q", name, c.Organisation.Name)
			}
			expectFault(t, name, box, blackbox.SnapshotRuined)
			if name == "a folder" {
				return // nothing can be put in its place
			}
			save(t, box, named("Three"), 3)
			healthy(t, box)
			shut(t, box)
			expectSnapshot(t, name+", then saved again", openBox(t, dir, noon), 3)
		})
	}
}

func TestBothSnapshotsRuined(t *testing.T) {
	dir := t.TempDir()
	box := openBox(t, dir, noon)
	save(t, box, named("One"), 1)
	save(t, box, named("Two"), 2)
	shut(t, box)
	ruin(t, filepath.Join(dir, "snapshot.a"))
	ruin(t, filepath.Join(dir, "snapshot.b"))

	box = openBox(t, dir, noon)
	expectSnapshot(t, "both ruined", box, 0)
	expectFault(t, "both ruined", box, blackbox.SnapshotRuined)
	save(t, box, named("Three"), 3)
	healthy(t, box)
	shut(t, box)
	expectSnapshot(t, "both ruined, then saved", openBox(t, dir, noon), 3)
}

func TestHalfWrittenSnapshotIsNoSnapshot(t *testing.T) {
	dir := t.TempDir()
	box := openBox(t, dir, noon)
	save(t, box, named("One"), 1)
	shut(t, box)
	content := files(t, dir)["snapshot.a"]
	if err := os.WriteFile(filepath.Join(dir, "snapshot.b.new"), content[:len(content)/2], 0o600); err != nil {
		t.Fatal(err)
	}
	box = openBox(t, dir, noon)
	expectSnapshot(t, "the power was cut while the second was written", box, 1)
	healthy(t, box)
	save(t, box, named("Two"), 2)
	shut(t, box)
	expectSnapshot(t, "saved again", openBox(t, dir, noon), 2)
}

func TestImplausibleSnapshotIsRefused(t *testing.T) {
	many := large(10)
	many.Reps = append(many.Reps, sample().Reps...)
	halved := many
	halved.Reps, halved.Numbers = many.Reps[:4], many.Numbers[:3:3]
	halved.Numbers = append(halved.Numbers, many.Numbers[3:7]...)
	noTrunks := many
	noTrunks.Trunks, noTrunks.VoiceRoutes = nil, nil
	noPool := many
	noPool.Numbers = nil
	for _, n := range many.Numbers {
		if n.Use != number.EmergencyCallback {
			noPool.Numbers = append(noPool.Numbers, n)
		}
	}
	mistaken := many
	mistaken.Organisation.Country = "Atlantis"
	for name, c := range map[string]center.Center{"4 of 12 reps": halved, "no trunk of 2": noTrunks, "no call-back number of 2": noPool, "a mistake": mistaken} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			box := openBox(t, dir, noon)
			save(t, box, many, 1)
			before := files(t, dir)
			if err := box.SaveSnapshot(t.Context(), c, 2); !errors.Is(err, blackbox.ErrImplausible) {
				t.Fatalf("%s: saving returned %v", name, err)
			}
			expectFault(t, name, box, blackbox.SnapshotRefused)
			expectSnapshot(t, name, box, 1)
			if !maps.EqualFunc(before, files(t, dir), bytes.Equal) {
				t.Errorf("%s: refused, and the files are others", name)
			}
			err := box.ForceSnapshot(t.Context(), c, 3)
			if wrong := name == "a mistake"; wrong != errors.Is(err, blackbox.ErrImplausible) || !wrong && err != nil {
				t.Errorf("%s: forced, saving returned %v", name, err)
			}
			if name != "a mistake" {
				expectSnapshot(t, name+", forced", box, 3)
				healthy(t, box)
			}
		})
	}
}

func TestSavingAfterCloseFails(t *testing.T) {
	box := openBox(t, t.TempDir(), noon)
	shut(t, box)
	if err := box.SaveSnapshot(t.Context(), sample(), 1); err == nil {
		t.Error("a closed box took a snapshot")
	}
}

func FuzzOpenSnapshot(f *testing.F) {
	box := f.TempDir()
	b := openBox(f, box, noon)
	save(f, b, sample(), 1)
	whole := files(f, box)["snapshot.a"]
	f.Add(whole)
	f.Add(whole[:50])
	f.Add([]byte("mayday snapshot\n"))
	f.Fuzz(func(t *testing.T, content []byte) {
		if err := blackbox.OpenSnapshot(content); err == nil && string(content) != string(whole) {
			t.Log("another good snapshot was made up")
		}
	})
}

func BenchmarkOpenWith50000Reps(b *testing.B) {
	dir := b.TempDir()
	box := openBox(b, dir, noon)
	save(b, box, large(50_000), 1)
	shut(b, box)
	for b.Loop() {
		box, err := blackbox.Open(blackbox.Config{Dir: dir, Now: at(noon)})
		if err != nil {
			b.Fatal(err)
		}
		if _, _, ok := box.Snapshot(); !ok {
			b.Fatal("no snapshot")
		}
		b.StopTimer()
		shut(b, box)
		b.StartTimer()
	}
}

func BenchmarkSaveSnapshotOf50000Reps(b *testing.B) {
	box := openBox(b, b.TempDir(), noon)
	c := large(50_000)
	for b.Loop() {
		save(b, box, c, 1)
	}
}
