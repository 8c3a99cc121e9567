// The module that breaks the rules on purpose, for TestLayoutChecksBite.
module mayday

go 1.26.0

require example.com/outside v0.0.0

replace example.com/outside => ./outside
