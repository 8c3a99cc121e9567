package blackbox

var (
	Encode = encode
	Decode = decode
)
