// Package foreign holds the simulators against clients that somebody else has written: what these understand and send
// is not what this project believes WeChat to be.
//
// Of WeChat it is github.com/silenceper/wechat, as client, as server of the callback and for its cryptography. Of C4C
// they are @odata/client and soap from npm, in the folder npm with a lock file; where npm is missing, those tests are
// skipped.
package foreign
