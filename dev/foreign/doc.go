// Package foreign tests the simulators with clients written by others, which do not depend on this project's own
// understanding of WeChat and C4C.
//
// For WeChat it is github.com/silenceper/wechat, as client, as server of the callback and for its cryptography. For C4C
// they are @odata/client and soap from npm, in the folder npm with a lock file. Without npm those tests are skipped.
package foreign
